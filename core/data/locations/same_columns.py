"""Columns of one file under the names of another: in another case, or without a header."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from core.data.tables.table import Reader, Table, WrappingReader
from core.text.plain import quoted

_SHOWN = 5


class Renamed(WrappingReader):
    """A reader whose columns have other names.

    Args:
        reader: the source.
        names: the name in the source, by new name.
        says: what was assumed.
    """

    def __init__(self, reader: Reader, names: Mapping[str, str], says: str) -> None:
        super().__init__(reader)
        self._names, self._says = dict(names), says

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield the rows of the source; its columns that are not renamed keep their names."""
        new = {old: name for name, old in self._names.items()}
        wanted = None if columns is None else [self._names.get(name, name) for name in columns]
        said = [self._says]
        for table in self._reader.chunks(wanted):
            own = [sentence for sentence in table.assumptions if not sentence.startswith("no header")]
            yield replace(
                table,
                columns={new.get(name, name): cells for name, cells in table.columns.items()},
                class_names={new.get(name, name): each for name, each in table.class_names.items()},
                assumptions=[*said, *own],
            )
            said = []


def with_columns_of(reader: Reader, own: Iterable[str], first: Iterable[str], where: str) -> Reader | None:
    """A reader whose columns have the names of other data; None if none of its names stands for another.

    Args:
        reader: a source.
        own: its columns.
        first: the columns of the other data.
        where: the name of the other data.
    """
    own, first = list(own), list(first)
    unnamed = _is_unnamed(own), _is_unnamed(first)
    if unnamed[0] != unnamed[1] and len(own) == len(first):
        which = "no header" if unnamed[0] else f"no header in {where}"
        says = (
            f"{which}: the columns are taken to be those of {where}, {quoted(first, _SHOWN)}, in this order."
        )
        return Renamed(reader, dict(zip(first, own, strict=True)), says)
    folded = {_folded(name): name for name in own if name not in first}
    names = {name: folded[_folded(name)] for name in first if name not in own and _folded(name) in folded}
    if not names:
        return None
    pairs = ", ".join(f"{old!r} as {name!r}" for name, old in list(names.items())[:_SHOWN])
    return Renamed(reader, names, f"columns are matched: {pairs} (they differ only in case and spacing).")


def _is_unnamed(columns: list[str]) -> bool:
    return columns == [f"column {number}" for number in range(1, len(columns) + 1)]


def _folded(name: str) -> str:
    return "".join(name.casefold().replace("_", " ").split())
