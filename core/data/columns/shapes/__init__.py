"""Exports of annotation tools, seen as columns of texts and labels."""
