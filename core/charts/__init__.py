"""Charts in characters: bins of steps, axes with ticks, and braille dots. Pure numpy, no widget."""
