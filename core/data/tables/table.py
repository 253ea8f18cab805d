"""Table: some rows of a source, in columns. Every reader yields tables of a few thousand rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from core.problems import Problem
from core.text.plain import shortened

Cell = Any  # str from CSV; any JSON or Parquet value otherwise
Unit = Literal["line", "row", "place"]
"""Unit of positions: lines of a text file, rows of a source without lines, or places of several files."""

MAX_COLUMNS = 4096
_MAX_NAME_CHARACTERS = 1000


@dataclass(frozen=True)
class ChunkSize:
    """Limits on the memory used while a source is read."""

    rows: int = 4096
    characters: int = 1 << 22
    """A chunk ends with the row that reaches this many."""
    block: int = 1 << 18
    """Bytes of a text file to decode at once."""


@dataclass(frozen=True)
class RowWarning:
    """Something noticed in one or more rows that does not stop a run."""

    template: str
    """With `{place}` and, if the number of rows matters, `{count}`. Identifies the kind of warning."""
    place: str
    """Of the first row."""
    count: int = 1

    def __str__(self) -> str:
        return self.template.format(place=self.place, count=f"{self.count:,}")


class RowWarnings:
    """Warnings of many chunks, merged by kind: the place of the first row and the total count."""

    def __init__(self) -> None:
        self._found: dict[str, RowWarning] = {}

    def add(self, warnings: Iterable[RowWarning]) -> None:
        """Add the warnings of the next chunk."""
        for warning in warnings:
            first = self._found.get(warning.template)
            self._found[warning.template] = (
                replace(first, count=first.count + warning.count) if first else warning
            )

    def sentences(self) -> list[str]:
        """One sentence per kind, in the order of first occurrence."""
        return list(map(str, self._found.values()))


@dataclass(frozen=True)
class Table:
    """Some rows of a source: columns of equal length, with the position of each row."""

    source: str
    """File or Hub split."""
    columns: dict[str, list[Cell]]
    lines: Sequence[int]
    """Position of each row, counted from 1 in units of `unit`."""
    unit: Unit = "line"
    name_place: Callable[[int], str] | None = None
    """Names the file and line of a position, where the unit is a place."""
    class_names: dict[str, list[str]] = field(default_factory=dict)
    """Class names in order, of columns that declare them."""
    warnings: list[RowWarning] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    """How the source was read, one sentence for each decision; in the first table only. See `assumption`."""
    label: tuple[str, str] | None = None
    """The label column of a recognised export, and why it is; in the first table only."""
    read_share: float = 1.0
    """Share of the source read so far, 0 to 1."""

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, line: int) -> str:
        """The place of a row, as messages name it."""
        return self.name_place(line) if self.name_place else place(self.source, self.unit, line)

    def with_class_names(self, class_names: dict[str, list[str]]) -> Self:
        """The same table with class numbers replaced by names, or by None where out of range."""
        columns = self.columns | {
            column: [_class_name(cell, names) for cell in self.columns[column]]
            for column, names in class_names.items()
        }
        return replace(self, columns=columns, class_names=class_names)


class Reader(Protocol):
    """A source that can be read repeatedly."""

    @property
    def source(self) -> str:
        """File or Hub split."""

    @property
    def paths(self) -> Sequence[Path]:
        """The files on disk that are read."""

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield all rows from the first on, the same each time; at least one row.

        All tables have the same columns: `columns`, which must exist, or all columns of the source.

        Raises:
            Problem: the source cannot be read, or has changed since it was first read.
        """


class WrappingReader:
    """A reader of the files of another: the base of those that change its tables."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def source(self) -> str:
        """That of the other reader."""
        return self._reader.source

    @property
    def paths(self) -> Sequence[Path]:
        """Those of the other reader."""
        return self._reader.paths


def place(source: str, unit: str, line: int) -> str:
    """The place of a row, as messages name it: `reviews.csv:14`, or `reviews.parquet, row 14`."""
    return f"{source}:{line}" if unit == "line" else f"{source}, {unit} {line}"


def assumption(what: str, why: str, option: str = "") -> str:
    """A sentence of what was assumed, why, and with which option to overrule it."""
    return f"{what}: {why}" + (f" ({option} overrules it)." if option else ".")


def check_column_names(names: Sequence[str], where: str) -> None:
    """Check the number of columns and the lengths of their names.

    Raises:
        Problem: there are too many columns, or a name is too long.
    """
    if len(names) > MAX_COLUMNS:
        raise Problem(
            f"{len(names):,} columns, more than the maximum of {MAX_COLUMNS:,}",
            where=where,
            mend="Keep only the columns with texts and labels.",
        )
    longest = max(names, key=len, default="")
    if len(longest) > _MAX_NAME_CHARACTERS:
        raise Problem(
            f"column name of {len(longest):,} characters: {shortened(longest, 60)!r}",
            where=where,
            mend=f"Shorten it to at most {_MAX_NAME_CHARACTERS:,} characters, or add a header row.",
        )


def _class_name(cell: Cell, names: list[str]) -> Cell:
    if isinstance(cell, list):
        if len(cell) == len(names) > 2 and all(item in (0, 1) for item in cell):
            return cell  # a vector: 0 or 1 for each class, not a list of classes
        return [_class_name(each, names) for each in cell]
    if not isinstance(cell, int):
        return cell
    return names[cell] if 0 <= cell < len(names) else None
