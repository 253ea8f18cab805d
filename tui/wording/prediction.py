"""Sentences about a prediction: unread parts of its text, the step of its thresholds or temperature."""

from typing import NamedTuple

from core.protocol import Explanation, Prediction
from core.text.plain import plain

# Mark a part that was not read, also where there is no colour.
OPENING, CLOSING = "⟪", "⟫"
# Most characters shown on either side of such a part.
_CONTEXT = 16


class Excerpt(NamedTuple):
    """A part that was not read, between its marks, and the end and beginning of the text around it."""

    before: str
    part: str
    behind: str


def not_read(item: Prediction | Explanation) -> str:
    """`not read: 1,204 of 1,716 tokens`."""
    return f"not read: {item.unread_tokens:,} of {item.tokens:,} tokens"


def excerpt(text: str, start: int, end: int, width: int) -> Excerpt:
    """`text[start:end]` between marks and with some context, shortened with … to about `width` characters."""
    context = min(_CONTEXT, width // 6)
    before, part, behind = text[max(0, start - context) : start], text[start:end], text[end : end + context]
    most = width - 2 * context - 8  # beside marks and dots
    dots = "…" * (start > context), "…" * (end + context < len(text))
    return Excerpt(plain(dots[0] + before), marked(part, most), plain(behind + dots[1]))


def marked(part: str, most: int) -> str:
    """`part` between marks, with … in place of its middle if it is longer than about `most` characters."""
    half = max(1, most // 2)
    if len(part) > 2 * half + 3:
        part = f"{part[:half]} … {part[-half:]}"
    return plain(f"{OPENING}{part}{CLOSING}")


def fitted_at_other_step(fitted_at: int | None, step: int, *, is_multi_label: bool) -> str:
    """`thresholds of step 40` or `temperature not fitted yet`; empty if they were fitted at `step`.

    A checkpoint that was written between two evaluations has those of the earlier one.

    Args:
        fitted_at: step of the weights they were fitted for; 0 for never, None where nothing is fitted.
        step: of the weights in use.
        is_multi_label: thresholds are fitted for several labels a text, else a temperature.
    """
    if fitted_at in (None, step):
        return ""
    name = "thresholds" if is_multi_label else "temperature"
    return f"{name} of step {fitted_at:,}" if fitted_at else f"{name} not fitted yet"
