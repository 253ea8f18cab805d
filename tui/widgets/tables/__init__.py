"""Tables of runs and of the runs of an experiment."""
