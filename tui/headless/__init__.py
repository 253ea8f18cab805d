"""Follow runs, experiments and file predictions without a screen."""
