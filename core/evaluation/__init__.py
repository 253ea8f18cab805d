"""Metrics with their uncertainty, baselines, and comparisons of runs."""
