"""SeveralFiles: data files that are read as one split, in order."""

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.data.locations.described import Described
from core.data.locations.same_columns import with_columns_of
from core.data.tables.table import Cell, Reader, Table, Unit, assumption, place
from core.problems import Problem
from core.text.plain import quoted

_NAMED = 3  # files in a message


class SeveralFiles:
    """Data files as one split. Positions count on from file to file; their places name the file and line.

    Args:
        source: the name of all of them.
        files: in order.
    """

    def __init__(self, source: str, files: Sequence[Reader]) -> None:
        self._source, self._files = source, list(files)
        self._heads: list[tuple[list[str], Unit]] = []
        """Columns of each file, and the unit of its positions."""
        self._starts = [0]
        """Position before the first row of each file read so far."""

    @property
    def source(self) -> str:
        """The files, as they were named."""
        return self._source

    @property
    def paths(self) -> Sequence[Path]:
        """The files, in order."""
        return [path for file in self._files for path in file.paths]

    def place(self, position: int) -> str:
        """The file and line of a position that was read."""
        number = bisect.bisect_left(self._starts, position) - 1
        return place(self._files[number].source, self._heads[number][1], position - self._starts[number])

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield the rows of all files, by default in the columns of the first file.

        Raises:
            Problem: a file cannot be read, has changed, or lacks a column.
        """
        notes = [] if self._heads else self._read_heads()
        wanted = list(columns or self._heads[0][0])
        for number, file in enumerate(self._files):
            self._check_columns(number, wanted)
            start = last = self._starts[number]
            for table in file.chunks(wanted):
                lines = [start + line for line in table.lines]
                last = lines[-1]
                yield replace(
                    table,
                    source=self._source,
                    lines=lines,
                    unit="place",
                    name_place=self.place,
                    assumptions=notes,
                    read_share=(number + table.read_share) / len(self._files),
                )
                notes = []
            if number + 1 == len(self._starts):
                self._starts.append(last)

    def _read_heads(self) -> list[str]:
        """Read the first rows of each file; return how they are read."""
        names = [Path(file.source).name for file in self._files]
        if len({*names}) < len(names):
            names = [file.source for file in self._files]
        more = ", …" if len(names) > _NAMED else ""
        order = ", ".join(names[:_NAMED]) + more
        notes = [assumption(f"{len(names)} files are read as one split", f"{order}, in this order")]
        heads = [next(file.chunks()) for file in self._files]
        for number, head in enumerate(heads):
            same = set(heads[0].columns) <= set(head.columns)
            like = (
                None
                if same
                else with_columns_of(self._files[number], head.columns, heads[0].columns, names[0])
            )
            if like:
                self._files[number] = like
                heads[number] = next(like.chunks())
        for number, head in enumerate(heads):
            others = {
                column: each
                for other in heads
                for column, each in other.class_names.items()
                if column not in head.class_names and _are_numbers(head.columns.get(column, []), len(each))
            }
            if others:
                self._files[number] = Described(self._files[number], class_names=others)
                what = f"{names[number]}: numbers in {quoted(sorted(others))} are read by the class names"
                notes.append(f"{what} of the other files.")
        for name, head in zip(names, heads, strict=True):
            is_first = not self._heads
            self._heads.append((list(head.columns), head.unit))
            notes += [
                sentence if is_first else f"{name}: {sentence}"
                for sentence in head.assumptions
                if sentence not in notes
            ]
        return notes

    def _check_columns(self, number: int, wanted: Sequence[str]) -> None:
        own, first = self._heads[number][0], self._heads[0][0]
        if missing := [column for column in wanted if column not in own]:
            others = [column for column in own if column not in first]
            raise Problem(
                f"no column {quoted(missing)}, which {Path(self._files[0].source).name} has"
                + (f"; its own columns are {quoted(others)}" if others else ""),
                where=self._files[number].source,
                mend="Give files with the same columns.",
            )


def _are_numbers(cells: Sequence[Cell], classes: int) -> bool:
    """Whether cells are numbers of this many classes, as numbers or as text; blank ones aside."""
    words = [str(cell) for cell in cells if cell is not None and cell != ""]
    return bool(words) and all(len(word) < 9 and word.isdecimal() and int(word) < classes for word in words)
