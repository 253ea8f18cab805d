"""Text as people read it: made harmless, shortened, numbers in words, text pairs, long texts."""
