"""Follow runs, experiments and the machine, and report changes to screens."""
