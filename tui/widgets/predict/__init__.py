"""The panel that classifies typed texts, and the pinned texts (probes)."""
