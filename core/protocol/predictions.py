"""The answers to `Predict`, `PredictFile` and `Explain`."""

from typing import Literal

import msgspec


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """The prediction for one text."""

    probabilities: list[float]
    """In the order of `Predictions.labels`."""
    predicted: list[str]
    """One label; of a multi-label classifier any number."""
    tokens: int
    """Length of the whole text, with special tokens."""
    truncated: bool
    """Whether some tokens were not read."""
    unread_tokens: int = 0
    unread: list[tuple[int, int]] = []
    """The parts of the text that were not read: first character, and the one after the last, from 0."""


class Predictions(msgspec.Struct, frozen=True, kw_only=True):
    """Predictions for several texts."""

    labels: list[str]
    thresholds: list[float] | None = None
    """Of a multi-label classifier: by label the probability from which on a text has it."""
    fitted_at: int | None = None
    """Step of the weights that temperature and thresholds were fitted for; see `InferenceSettings`."""
    step: int
    which: Literal["best", "last"]
    max_length: int
    milliseconds: float
    """Time of tokenizing and computing, without loading."""
    items: list[Prediction]


class FilePredictions(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was classified."""

    rows: int
    """All rows of the file. A row without text gets no label."""
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
    """Classified rows that got no label, if texts have several labels."""
    truncated: int
    """Texts that were not read to their end."""
    seconds: float
    beginning: str = ""
    """That an interrupted output was continued, or why it was started again; empty if there was none."""
    warnings: list[str] = []


class WordContribution(msgspec.Struct, frozen=True, kw_only=True):
    """The contribution of a word to a label. The word is the characters `start` to `end` of the text."""

    start: int
    end: int
    contribution: float
    """Positive for the label, negative against it. The absolute values of a text add up to 1."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Contributions of the words of a text to the log odds of a label."""

    label: str
    labels: list[str]
    """The most probable first; of a multi-label classifier the predicted ones before the others."""
    probability: float
    """Of the label."""
    empty_probability: float
    """Of the label for an empty text of the same length."""
    words: list[WordContribution]
    """In the order of the text, not overlapping."""
    error: float
    """Of the approximation, as a share of the sum of all contributions."""
    step: int
    which: Literal["best", "last"]
    tokens: int
    """Length of the whole text, with special tokens."""
    truncated: bool
    """Whether some tokens were not read."""
    unread_tokens: int = 0
    unread: list[tuple[int, int]] = []
    """The parts of the text that were not read: first character, and the one after the last, from 0."""
    max_length: int
    seconds: float
    """Without loading."""
