"""Answers about unlabelled texts: predictions and their explanations."""

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


class WordContribution(msgspec.Struct, frozen=True, kw_only=True):
    """A word: the characters `start` to `end` of the text, and how much it speaks for the label."""

    start: int
    end: int
    contribution: float
    """Above 0 for the label, below 0 against it; sizes of all words of the text add up to 1."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """explain(run, text, which, label): what the words of a text contribute to the log odds of a label."""

    label: str
    labels: list[str]
    """All labels, the most probable first; of sets, those that the text gets before the others."""
    probability: float
    """Of the label."""
    empty_probability: float
    """Of the label for a text of the same length that says nothing."""
    words: list[WordContribution]
    """In the order of the text; no two share characters."""
    error: float
    """Of the approximation, as a share of all that the words say."""
    step: int
    which: Literal["best", "last"]
    tokens: int
    """Length of the whole text in tokens, special tokens included."""
    truncated: bool
    """Whether some of them were not read."""
    unread_tokens: int = 0
    unread: list[tuple[int, int]] = []
    """The parts of the text that were not read: from one character to before another, counted from 0."""
    max_length: int
    seconds: float
    """Without loading."""
