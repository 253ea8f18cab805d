"""JSON and JSON Lines: where the records lie."""
