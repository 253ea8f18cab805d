"""The parts of a report, independent of its format: sections of sentences, tables and charts.

All texts are raw; whoever renders them escapes them for the format.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Style = Literal["main", "points", "second", "guide"]
"""How a line is drawn. Styles differ by pattern and marker, not by colour alone."""


@dataclass(frozen=True)
class Table:
    """Rows of cells. The first `texts` columns are text, the others numbers."""

    kind: ClassVar[str] = "table"
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    kind: ClassVar[str] = "items"
    sentences: Sequence[str]


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix: rows are true labels, columns are predicted labels."""

    kind: ClassVar[str] = "matrix"
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
    """The lowest and the highest value at each x; None is a gap."""

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
    """Lines over one x axis, which begins at 0. The y axis never extends beyond `limits`."""

    kind: ClassVar[str] = "chart"
    title: str
    description: str
    """Alternative text: a sentence."""
    x_label: str
    x_end: float
    lines: Sequence[Line]
    band: Band | None = None
    mark: Mark | None = None
    limits: tuple[float, float] = (0.0, 1.0)
    is_fixed: bool = False
    """Whether the y axis always spans the limits."""


Block = str | Items | Table | Matrix | Chart


@dataclass(frozen=True)
class Section:
    """A heading and the blocks below it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    lead: str
    sections: Sequence[Section]
    closing: str
