"""Classify one text, many texts or a file with a checkpoint of a run."""
