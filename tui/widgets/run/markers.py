"""Events marked on the charts: a letter each, and the rows that explain them."""

from textual.content import Content

from core.runs.changes import Marker
from core.runs.history import History
from core.text import format
from core.text.plain import plain
from tui.widgets.charts.plot import Flag
from tui.widgets.panel import fact

_LETTERS = {
    "pause": "P",
    "release": "P",
    "stop": "S",
    "stop_after_evaluation": "S",
    "evaluate": "E",
    "checkpoint": "C",
    "learning_rate": "L",
    "patience": "A",
    "max_steps": "A",
    "eval_steps": "A",
    "note": "N",
    "resumed": "R",
    "rolled_back": "B",
    "memory_short": "M",
}
# At most so many rows, the newest first.
_SHOWN = 8


def flags(history: History) -> list[Flag]:
    """The letters by step, in the order of the events, each once a step."""
    found: dict[int, dict[str, None]] = {}
    for marker in _shown(history):
        found.setdefault(marker.step, {})[_LETTERS[marker.name]] = None
    return [Flag(step, "".join(letters)) for step, letters in found.items()]


def marker_rows(history: History) -> list[Content]:
    """A row for each letter: step and event."""
    shown = _shown(history)
    lines = [
        fact(f"{_LETTERS[marker.name]} @{marker.step}", plain(marker.text))
        for marker in reversed(shown[-_SHOWN:])
    ]
    if len(shown) > _SHOWN:
        lines.append(fact("", (format.more(len(shown) - _SHOWN, "event"), "dim")))
    return lines


def _shown(history: History) -> list[Marker]:
    """All but the end of a pause, which has the same step as its start."""
    return [marker for marker in history.markers if marker.name in _LETTERS]
