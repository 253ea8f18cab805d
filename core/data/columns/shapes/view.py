"""ShapedReader: a source with columns that are made from others, and without rows that are skipped."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from core.data.columns.shapes import (
    argilla,
    chats,
    doccano,
    label_objects,
    label_studio,
    prodigy,
    spacy,
    states,
)
from core.data.columns.shapes.flag_columns import flag_columns
from core.data.columns.shapes.label_columns import columns_in, made_of
from core.data.columns.shapes.shape import Made, Shape, Skipped
from core.data.tables.nested import follow, paths_within, resolve, rows_with_more
from core.data.tables.table import Cell, Reader, RowWarning, Table, WrappingReader
from core.problems import Problem
from core.text.plain import shortened

_EXPORTS = (label_studio, doccano, prodigy, argilla, spacy, chats, label_objects, states)
_SKIPPED = "{place}: skipped ({reason}), {count} in all."


class ShapedReader(WrappingReader):
    """A source whose columns are also those that are made.

    Args:
        reader: the source.
        shape: what was recognised.
        made: all columns that are made, by name.
    """

    def __init__(self, reader: Reader, shape: Shape, made: dict[str, Made]) -> None:
        super().__init__(reader)
        self._shape, self._made = shape, made

    @property
    def made(self) -> Collection[str]:
        """Names of the columns that are made."""
        return self._made.keys()

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield all rows but those that are skipped, as the source does.

        Raises:
            Problem: the source cannot be read, a cell is wrong, or all rows are skipped.
        """
        if columns is None:
            for table in self._reader.chunks():
                yield self.head(table)
            return
        wanted = [self._made[name].needs if name in self._made else (name,) for name in columns]
        state = self._shape.state
        needs = dict.fromkeys(name for names in (*wanted, (state,) if state else ()) for name in names)
        kept: list[RowWarning] = []
        empty = True
        for table in self._reader.chunks(list(needs)):
            made = self._with_made(table, columns)
            made = replace(made, warnings=[*kept, *made.warnings])
            kept = [] if len(made) else made.warnings
            if len(made):
                yield made
                empty = False
        if empty:
            raise Problem(
                "all rows are skipped by their annotation state",
                where=self.source,
                mend="Use data with accepted annotations, or remove the column with the states.",
            )

    def head(self, table: Table) -> Table:
        """The first rows with all columns, those that are made included. No row of them is skipped."""
        cells = {name: _cells_of_head(made, table) for name, made in self._made.items()}
        return replace(
            table,
            columns=table.columns | cells,
            assumptions=[*table.assumptions, *self._shape.says],
            label=self._shape.label,
        )

    def _with_made(self, table: Table, columns: Sequence[str]) -> Table:
        cells: dict[str, list[Cell]] = {
            name: list(self._made[name].make(table)) if name in self._made else table.columns[name]
            for name in columns
        }
        reasons = [""] * len(table)
        if self._shape.state:
            reasons = list(map(states.skip_reason(self._shape.state), table.columns[self._shape.state]))
        for name in set(columns) & self._made.keys():
            for row, cell in enumerate(cells[name]):
                if isinstance(cell, Skipped):
                    reasons[row] = cell.reason
        if not any(reasons):
            return replace(table, columns=cells)
        rows = [row for row, reason in enumerate(reasons) if not reason]
        first = {reason: row for row, reason in reversed(list(enumerate(reasons))) if reason}
        warnings = [
            RowWarning(
                _SKIPPED.replace("{reason}", shortened(reason, 60).replace("{", "{{").replace("}", "}}")),
                table.place(table.lines[row]),
                reasons.count(reason),
            )
            for reason, row in first.items()
        ]
        return replace(
            table,
            columns={name: [column[row] for row in rows] for name, column in cells.items()},
            lines=[table.lines[row] for row in rows],
            warnings=[*table.warnings, *warnings],
        )


def shaped(
    reader: Reader,
    text: str | None,
    labels: Iterable[str | None] = (),
    label: str | None = None,
    *,
    with_labels: bool = True,
) -> tuple[Reader, Table]:
    """A reader of a source in its shape, and the first rows.

    Args:
        reader: the source.
        text: the text column, which may be a path, or name two columns.
        labels: names of columns that may be paths, or several columns of 0 and 1.
        label: the label column by request: it overrules the state of an annotation.
        with_labels: recognise exports, and skip rows by their state.
    """
    head = next(reader.chunks())
    shape = _recognise(head, label) if with_labels else Shape()
    made = shape.made | _paths(head, paths_within(head, in_lists=False))
    if with_labels and (several := columns_in(head)):
        made.setdefault(",".join(several), made_of(several, head))
    for name in filter(None, (text, *labels)):
        if name in head.columns or name in made:
            continue
        asked = _paths(head, [name, *map(str.strip, name.split(","))])
        made |= asked
        shape = replace(shape, says=[*shape.says, *_not_read(head, asked)])
        # The text column of pairs names two columns as well.
        if name != text and (columns := flag_columns(name, head.columns)):
            made[name] = made_of(columns, head)
    if not (made or shape.state or shape.label):
        return reader, head
    found = ShapedReader(reader, shape, made)
    return found, found.head(head)


def _recognise(head: Table, label: str | None) -> Shape:
    found = (shape for export in _EXPORTS if (shape := export.recognise(head)))
    shape = next(found, Shape())
    if shape.problem and label is None:
        raise shape.problem
    if label is not None and label == shape.state:
        return Shape()
    if label in head.columns and label not in shape.made:
        own = label_objects.of_column(head, label)
        if own and own.problem:
            raise own.problem
        shape = own or shape
    if label is not None and label not in shape.made and shape.made:
        return replace(shape, says=[], label=None)
    return shape


def _paths(head: Table, paths: Sequence[str]) -> dict[str, Made]:
    """The columns that paths lead to, of those that lead to a value in the first rows."""
    found: dict[str, Made] = {}
    for path in paths:
        if path in head.columns or (resolved := resolve(path, head.columns)) is None:
            continue
        base, steps = resolved
        if any(follow(cell, steps) is not None for cell in head.columns[base]):
            found[path] = Made(
                (base,),
                lambda table, base=base, steps=steps: [follow(cell, steps) for cell in table.columns[base]],  # type: ignore[misc]
            )
    return found


def _not_read(head: Table, paths: Iterable[str]) -> list[str]:
    """What to say of paths that read one item of lists that have more."""
    return [
        f"column {path!r} reads one item of a list; {rows:,} of the first {len(head):,} rows have more, "
        "which are not read."
        for path in paths
        if (rows := rows_with_more(path, head))
    ]


def _cells_of_head(made: Made, table: Table) -> list[Cell]:
    """The cells of the first rows. A wrong cell is reported where the column is read, if it is."""
    try:
        return [None if isinstance(cell, Skipped) else cell for cell in made.make(table)]
    except Problem:
        return [None] * len(table)
