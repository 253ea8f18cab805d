"""Locations: the name of data → a reader for each split. One file for each kind of place."""
