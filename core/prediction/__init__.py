"""Classify texts and files with a checkpoint of a run, and explain predictions."""
