"""Packed texts: how they lie, how attention and hooks keep them apart, and which architectures take them."""
