"""The client of the engine service."""
