"""Charts of curves over steps, drawn in braille."""
