"""Long texts: which tokens the model reads of a text that is longer than its maximum length."""

from collections.abc import Sequence
from typing import Literal

LongText = Literal["head", "tail", "head-tail", "windows"]

Span = tuple[int, int]
"""A half-open range of tokens, counted from 0."""

LONG_TEXT_WORDING: dict[LongText, str] = {
    "head": "are cut at the end",
    "tail": "are cut at the beginning",
    "head-tail": "are cut in the middle",
    "windows": "are read in overlapping windows",
}
"""Predicate for a sentence about longer texts."""

# Head-tail gives a quarter of the length to the head: 128 tokens of 510 were best in C. Sun et al., How to
# Fine-Tune BERT for Text Classification?, 2019.
_HEAD = 4
# Windows overlap by at least a quarter, so that few sentences are cut in all of them. Their number is limited
# because training holds all windows of a text in memory.
_OVERLAP = 4
MOST_WINDOWS = 16


def readings(lengths: Sequence[int], capacity: int, policy: LongText) -> list[list[list[Span]]]:
    """Spans of a text, or of both texts of a pair, that the model reads.

    A pair shares the capacity as the tokenizer does: the longer text is cut first. Each text is then cut to
    its share by the policy; with windows, the longer text is paired with the head of the shorter.

    Args:
        lengths: of the one or two texts, in tokens without special tokens.
        capacity: maximum number of tokens in a row, without special tokens.
        policy: which part of a longer text to read.

    Returns:
        For each row of tokens, for each text, its spans in order.
    """
    capacities = _share(lengths, capacity)
    longer = max(range(len(lengths)), key=lambda text: lengths[text])
    rows = [
        _spans(length, share, "head" if policy == "windows" and text != longer else policy)
        for text, (length, share) in enumerate(zip(lengths, capacities, strict=True))
    ]
    return [[spans[row % len(spans)] for spans in rows] for row in range(max(map(len, rows)))]


def gaps(spans: Sequence[Span], length: int) -> list[Span]:
    """The spans of `length` tokens that `spans` do not cover."""
    left, end = [], 0
    for first, last in sorted(spans):
        if first > end:
            left.append((end, first))
        end = max(end, last)
    return [*left, (end, length)] if end < length else left


def _share(lengths: Sequence[int], capacity: int) -> list[int]:
    """Capacity of each text. Of a pair, the shorter is read completely, or both get half."""
    if len(lengths) == 1:
        return [capacity]
    first, second = lengths
    small, large = capacity // 2, capacity - capacity // 2
    if min(first, second) <= small:
        return [min(first, capacity - min(second, small)), min(second, capacity - min(first, small))]
    return [small, large] if first <= second else [large, small]


def _spans(length: int, capacity: int, policy: LongText) -> list[list[Span]]:
    """The spans of a text of `length` tokens, by row."""
    if length <= capacity:
        return [[(0, length)]]
    match policy:
        case "head":
            return [[(0, capacity)]]
        case "tail":
            return [[(length - capacity, length)]]
        case "head-tail":
            head = capacity // _HEAD
            return [[(0, head), (length - capacity + head, length)]]
        case "windows":
            # Evenly spread windows of equal length: the last one is full too.
            stride = max(1, capacity - capacity // _OVERLAP)
            steps = min(-(-(length - capacity) // stride), MOST_WINDOWS - 1)
            starts = [step * (length - capacity) // steps for step in range(steps + 1)]
            return [[(start, start + capacity)] for start in starts]
