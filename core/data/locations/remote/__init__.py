"""Data behind a network: the Hub, other storage, addresses."""
