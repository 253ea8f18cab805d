"""Names of models that the program knows by itself."""

BASELINES = ("cnn", "rnn")
"""Trained from scratch."""
MINILM = "minilm"
"""The encoder of the extra `minilm`."""
