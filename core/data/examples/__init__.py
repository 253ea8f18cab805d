"""Examples: texts with their labels, read from a source in chunks."""
