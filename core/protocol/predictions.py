"""Answers about texts without labels."""

from typing import Literal

import msgspec


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One text: probabilities in the order of the labels, and how much of it was read."""

    probabilities: list[float]
    predicted: list[str]
    """The label that it gets; of a classifier that gives sets all of them, or none."""
    tokens: int
    """Length of the whole text in tokens, special tokens included."""
    truncated: bool
    """Whether some of them were not read."""
    unread_tokens: int = 0
    unread: list[tuple[int, int]] = []
    """The parts of the text that were not read: from one character to before another, counted from 0."""


class Predictions(msgspec.Struct, frozen=True, kw_only=True):
    """predict(run, texts, which): texts against the best or last checkpoint, or the finished model."""

    labels: list[str]
    thresholds: list[float] | None = None
    """Of a classifier that gives sets: by label the probability from which on a text has it."""
    fitted_at: int | None = None
    """Step of the weights that thresholds and temperature were fitted for, as `InferenceSettings` has it."""
    step: int
    which: Literal["best", "last"]
    max_length: int
    milliseconds: float
    """Tokenizing and computing, without loading."""
    items: list[Prediction]


class FilePredictions(msgspec.Struct, frozen=True, kw_only=True):
    """predict_file(run, file, output, which, …): what was written."""

    rows: int
    """All rows of the file; those without a text get no label."""
    output: str
    text_column: str
    reasons: list[str]
    """Why this column was chosen, a sentence each."""
    step: int
    which: Literal["best", "last"]
    labels: dict[str, int]
    """Rows by predicted label."""
    classified: int
    """Rows with a text."""
    without_labels: int = 0
    """Of them those that got none of the labels, where texts get sets of them."""
    truncated: int
    seconds: float
    beginning: str = ""
    """That it went on where it had stopped, or why it began anew; empty where nothing was there before."""
    warnings: list[str] = []
