"""Which column holds what: texts, labels, splits."""
