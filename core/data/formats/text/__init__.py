"""Text files: encoding, lines."""
