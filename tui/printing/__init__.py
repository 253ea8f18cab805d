"""Print the answers of verbs on standard output, as text or JSON."""
