"""Answers about why a text gets a label."""

from typing import Literal

import msgspec


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
