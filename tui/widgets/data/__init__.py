"""Data, its figures, and the plan made from it."""
