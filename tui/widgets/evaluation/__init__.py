"""Evaluations and comparisons of runs."""
