"""Label cells → label names and label sets, as numbers."""
