"""Names of models that the program knows by itself."""

FROM_SCRATCH = ("cnn", "rnn")
"""Trained from scratch."""
MINILM = "minilm"
"""The encoder of the extra `minilm`."""
