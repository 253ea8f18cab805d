"""What is read of a text that is longer than the model reads at once: which of its tokens, in which rows."""

from collections.abc import Sequence
from typing import Literal

LongText = Literal["head", "tail", "head-tail", "windows"]

Span = tuple[int, int]
"""Tokens from the first to before the second, counted from 0."""

LONG_TEXT_WORDING: dict[LongText, str] = {
    "head": "are cut at the end",
    "tail": "are cut at the beginning",
    "head-tail": "are cut in the middle",
    "windows": "are read in overlapping windows",
}
"""What becomes of longer texts, in words."""

# How much of the room head-tail gives to the beginning: 128 tokens of 510, as C. Sun et al. (How to Fine-Tune
# BERT for Text Classification?, 2019) found best.
_HEAD = 4
# Windows share at least a quarter with their neighbours, so that few sentences are cut in all of them. There
# are not more of a text: training needs the memory of all at once.
_OVERLAP = 4
MOST_WINDOWS = 16


def readings(lengths: Sequence[int], room: int, policy: LongText) -> list[list[list[Span]]]:
    """What is read of one text, or of two that are read together, where they have more tokens than `room`.

    Two texts share the room as the tokenizer shares it: the longer gives way first. Each is cut by the policy
    to its own share; in windows the longer one is read beside the beginning of the shorter.

    Args:
        lengths: of the one or two texts, in tokens without special tokens.
        room: for tokens that are not special.
        policy: what is read of a text that is too long.

    Returns:
        For each row of tokens, for each text, the spans of its tokens that the row has, in their order.
    """
    rooms = _share(lengths, room)
    longer = max(range(len(lengths)), key=lambda text: lengths[text])
    rows = [
        _spans(length, share, "head" if policy == "windows" and text != longer else policy)
        for text, (length, share) in enumerate(zip(lengths, rooms, strict=True))
    ]
    return [[spans[row % len(spans)] for spans in rows] for row in range(max(map(len, rows)))]


def gaps(spans: Sequence[Span], length: int) -> list[Span]:
    """What `spans` leave of so many tokens."""
    left, end = [], 0
    for first, last in sorted(spans):
        if first > end:
            left.append((end, first))
        end = max(end, last)
    return [*left, (end, length)] if end < length else left


def _share(lengths: Sequence[int], room: int) -> list[int]:
    """How many tokens of each text are read at once: of two the shorter is whole, or both get half."""
    if len(lengths) == 1:
        return [room]
    first, second = lengths
    small, large = room // 2, room - room // 2
    if min(first, second) <= small:
        return [min(first, room - min(second, small)), min(second, room - min(first, small))]
    return [small, large] if first <= second else [large, small]


def _spans(length: int, room: int, policy: LongText) -> list[list[Span]]:
    """The spans that each row has of a text of `length` tokens."""
    if length <= room:
        return [[(0, length)]]
    match policy:
        case "head":
            return [[(0, room)]]
        case "tail":
            return [[(length - room, length)]]
        case "head-tail":
            head = room // _HEAD
            return [[(0, head), (length - room + head, length)]]
        case "windows":
            # Evenly spread and equally long: the last one is as full as the others.
            stride = max(1, room - room // _OVERLAP)
            steps = min(-(-(length - room) // stride), MOST_WINDOWS - 1)
            starts = [step * (length - room) // steps for step in range(steps + 1)]
            return [[(start, start + room)] for start in starts]
