"""Follow runs and experiments without a screen, line by line."""
