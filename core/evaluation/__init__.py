"""Metrics, each with the split it is from and how uncertain it is."""
