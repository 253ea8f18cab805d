"""One stylesheet a screen, and the theme."""
