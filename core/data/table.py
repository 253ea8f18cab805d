"""Table: what every reader of files and of the Hub gives back, a few thousand rows at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, Self

from core.data.remarks import Remark

Cell = Any  # str from CSV; anything JSON or Parquet can hold otherwise


@dataclass(frozen=True)
class ChunkSize:
    """How much is in memory at once while a source is read."""

    rows: int = 4096
    characters: int = 1 << 22
    """A chunk ends with the row that reaches so many."""
    block: int = 1 << 18
    """Bytes of a text file that are decoded at once."""


@dataclass(frozen=True)
class Table:
    """Some rows of a source: columns of equal length with the place of each row."""

    source: str
    """File or Hub split."""
    columns: dict[str, list[Cell]]
    lines: Sequence[int]
    """Where each row starts, counted from 1 in units of `unit`."""
    unit: Literal["line", "row"] = "line"
    """What `lines` counts: lines of a text file, or rows where a source has no lines."""
    class_names: dict[str, list[str]] = field(default_factory=dict)
    """Names of the classes in their order, for columns that declare them."""
    remarks: list[Remark] = field(default_factory=list)
    read_share: float = 1.0
    """How much of the source has been read with these rows, 0 to 1."""

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, line: int) -> str:
        """Where a row is, for the start of a sentence."""
        return place(self.source, self.unit, line)

    def with_class_names(self, class_names: dict[str, list[str]]) -> Self:
        """The same table with class numbers replaced by names; a number outside the names has no name."""
        columns = self.columns | {
            column: [_class_name(cell, names) for cell in self.columns[column]]
            for column, names in class_names.items()
        }
        return replace(self, columns=columns, class_names=class_names)


class Reader(Protocol):
    """A source that can be read again and again."""

    @property
    def source(self) -> str:
        """File or Hub split."""

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """All its rows from the first on, at least one; the same every time.

        All tables have the same columns: those given, which the source must have, or else all there are.

        Raises:
            Problem: it cannot be read, or is another than it was when it was read before.
        """


def place(source: str, unit: str, line: int) -> str:
    """Where a row is, for the start of a sentence."""
    return f"{source}, {unit} {line}"


def _class_name(cell: Cell, names: list[str]) -> Cell:
    if isinstance(cell, list):
        return [_class_name(each, names) for each in cell]
    if not isinstance(cell, int):
        return cell
    return names[cell] if 0 <= cell < len(names) else None
