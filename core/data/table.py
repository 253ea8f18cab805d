"""Table: what every reader of files and of the Hub gives back."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

Cell = Any  # str from CSV; anything JSON or Parquet can hold otherwise


@dataclass(frozen=True)
class Table:
    """Columns of equal length with the place of each row in its source."""

    source: str
    """File or Hub split."""
    columns: dict[str, list[Cell]]
    lines: list[int]
    """Where each row starts, counted from 1 in units of `unit`."""
    unit: Literal["line", "row"] = "line"
    """What `lines` counts: lines of a text file, or rows where a source has no lines."""
    class_names: dict[str, list[str]] = field(default_factory=dict)
    """Names of the classes in their order, for columns that declare them."""
    warnings: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, line: int) -> str:
        """Where a row is, for the start of a sentence."""
        return f"{self.source}, {self.unit} {line}"

    def with_class_names(self, class_names: dict[str, list[str]]) -> Self:
        """The same table with class numbers replaced by names; a number outside the names has no name."""
        columns = self.columns | {
            column: [_class_name(cell, names) for cell in self.columns[column]]
            for column, names in class_names.items()
        }
        return replace(self, columns=columns, class_names=class_names)


def _class_name(cell: Cell, names: list[str]) -> Cell:
    if not isinstance(cell, int):
        return cell
    return names[cell] if 0 <= cell < len(names) else None


def quoted(values: list[str], limit: int = 20) -> str:
    """Names for a sentence: quoted, control characters visible, long ones cut, at most `limit` of them."""
    shown = ", ".join(repr(shortened(value, 60)) for value in values[:limit])
    return f"{shown} and {len(values) - limit} more" if len(values) > limit else shown


def shortened(text: str, limit: int) -> str:
    """`text` with at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
