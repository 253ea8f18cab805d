"""Tokenization: texts → token ids, once, in flat arrays, cached on disk."""
