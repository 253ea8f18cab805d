"""Texts to token ids: once, in flat arrays, kept on the disk for the next time."""
