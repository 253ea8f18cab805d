"""Keep up with what goes on: a run, an experiment, the machine."""
