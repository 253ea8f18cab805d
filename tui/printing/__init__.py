"""Print results on standard output, as text or JSON."""
