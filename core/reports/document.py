"""What a report is made of, before it is Markdown or HTML: sections of sentences, tables and drawings.

All texts are raw: whoever writes them in a format makes them harmless there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# How a line is drawn: they differ by pattern and marker, not by colour alone.
Style = Literal["main", "points", "second", "guide"]


@dataclass(frozen=True)
class Table:
    """Rows of cells. The first `texts` columns are words, the others numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1


@dataclass(frozen=True)
class Items:
    """Sentences, one below the other."""

    sentences: Sequence[str]


@dataclass(frozen=True)
class Matrix:
    """How many texts of each label (rows) were given each label (columns)."""

    labels: Sequence[str]
    counts: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Line:
    """A line through points; None is a gap."""

    label: str
    x: Sequence[float]
    y: Sequence[float | None]
    style: Style


@dataclass(frozen=True)
class Band:
    """The lowest and the highest value at each place; None is a gap."""

    label: str
    x: Sequence[float]
    low: Sequence[float | None]
    high: Sequence[float | None]


@dataclass(frozen=True)
class Mark:
    """A point with a label."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Lines over one axis. `limits` are values that the upright axis never goes beyond."""

    title: str
    description: str
    """For those who do not see the drawing: a sentence."""
    x_label: str
    x_end: float
    lines: Sequence[Line]
    band: Band | None = None
    mark: Mark | None = None
    limits: tuple[float, float] = (0.0, 1.0)
    is_fixed: bool = False
    """Whether the upright axis shows the limits, however little of it is used."""


Block = str | Items | Table | Matrix | Chart


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    lead: str
    sections: Sequence[Section]
    closing: str
