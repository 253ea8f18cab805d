"""Histograms of text lengths in block characters."""

from collections.abc import Sequence

_BLOCKS = " ▁▂▃▄▅▆▇█"
CUT = "│"


def sparkline(bins: Sequence[int], ends: Sequence[int], cut_at: int) -> str:
    """One block a bin, scaled to the largest count; a bin that is not empty never looks empty.

    Args:
        bins: counts.
        ends: upper ends of the bins.
        cut_at: draw a line behind the bin with this end.
    """
    most = max(bins, default=0)
    blocks = [_BLOCKS[-(-count * (len(_BLOCKS) - 1) // most)] if count else " " for count in bins]
    return "".join(block + CUT * (end == cut_at) for block, end in zip(blocks, ends, strict=True))


def columns(bins: Sequence[int], ends: Sequence[int], cut_at: int, height: int) -> list[str]:
    """The histogram of `sparkline` in `height` lines, the top line first."""
    most = max(bins, default=0)
    eighths = [-(-count * height * 8 // most) if count else 0 for count in bins]
    return [
        "".join(
            _BLOCKS[min(8, max(0, each - level * 8))] + CUT * (end == cut_at)
            for each, end in zip(eighths, ends, strict=True)
        )
        for level in reversed(range(height))
    ]
