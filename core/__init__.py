"""The engine: configuration, data, training, runs, prediction. It never prints and has no screen."""
