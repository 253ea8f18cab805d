"""What of a text was not read, in words and between marks that need no colour."""

from core.protocol import Prediction

# Characters that are shown of the beginning and of the end of a part, and of what is read around it.
_SHOWN = 32
_AROUND = 16
OPENING, CLOSING = "⟪", "⟫"


def told(item: Prediction) -> str:
    """How much was not read."""
    return f"not read: {item.unread_tokens:,} of {item.tokens:,} tokens"


def excerpt(text: str, start: int, end: int) -> str:
    """The part of `text` from `start` to before `end` between marks, with a little of what is read around it."""
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    part = text[start:end]
    if len(part) > 2 * _SHOWN:
        part = f"{part[:_SHOWN]} … {part[-_SHOWN:]}"
    before = before if start <= _AROUND else f"…{before}"
    after = after if end + _AROUND >= len(text) else f"{after}…"
    return f"{before}{OPENING}{part}{CLOSING}{after}"
