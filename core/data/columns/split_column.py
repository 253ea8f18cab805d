"""A column that names the split of each row: one reader per split over the same source."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from core.config import DataConfig
from core.data.columns.shapes.shape import has_label
from core.data.labels.names import is_blank
from core.data.tables.column_names import split_flag, words_of
from core.data.tables.subsets import split_of
from core.data.tables.table import Cell, Reader, RowWarning, Table, assumption, place
from core.problems import Problem
from core.text.plain import quoted

NONE = "none"
"""Requests that no column divides the rows."""
_NAMES = frozenset(("split", "splits", "set", "subset", "partition", "fold", "usage", "use", "phase"))
_FOLDS = frozenset(("fold", "folds", "kfold"))
_MOST_FOLDS = 20
_NUMBERS = {"0": "train", "1": "validation", "2": "test"}
"""Splits by number, as CelebA, WILDS and Ludwig number them."""
_NUMBERED = frozenset(("split", "splits", "set", "subset", "partition"))
_CERTAIN = frozenset(("split", "splits", "partition"))
_BESIDE = frozenset(("data", "dataset", "train", "test", "id", "index"))  # `data_split`, `split_id`
_FLAGS = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
_INTEGER = re.compile(r"-?\d+")
_IN_CELLS = {
    word: split
    for split, words in {
        "train": "tr trn entrenamiento entraînement entrainement apprentissage addestramento treino",
        "validation": "va vld validate development eval evaluation publictest validación validação",
        "test": "te ts tst testing privatetest teste prueba",
    }.items()
    for word in words.split()
}


class SplitOfColumn:
    """The rows of a source whose column names one split.

    Args:
        reader: the source.
        column: that names the splits.
        split: the split to read.
        says: what was assumed about the column.
    """

    def __init__(self, reader: Reader, column: str, split: str, says: str) -> None:
        self._reader, self._column, self._split, self._says = reader, column, split, says
        self._name = _naming(column)

    @property
    def source(self) -> str:
        """The source, with the split."""
        return f"{self._reader.source} [{self._split}]"

    @property
    def paths(self) -> Sequence[Path]:
        """The files on disk that are read."""
        return self._reader.paths

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield the rows of the split, as the source does.

        Raises:
            Problem: the source cannot be read, or has no row of the split any more.
        """
        needs = None if columns is None else list(dict.fromkeys((*columns, self._column)))
        said = [self._says]
        warnings: list[RowWarning] = []
        empty = True
        for table in self._reader.chunks(needs):
            said += table.assumptions
            warnings += table.warnings
            rows = [
                row for row, cell in enumerate(table.columns[self._column]) if self._name(cell) == self._split
            ]
            if not rows:
                continue
            yield replace(
                table,
                source=self.source,
                columns={
                    name: [table.columns[name][row] for row in rows] for name in columns or table.columns
                },
                lines=[table.lines[row] for row in rows],
                name_place=table.name_place or partial(place, table.source, table.unit),
                assumptions=said,
                warnings=warnings,
            )
            said, warnings, empty = [], [], False
        if empty:
            raise Problem(
                f"no row of the {self._split} split any more", where=self.source, mend="Start again."
            )


def readers_by_column(reader: Reader, head: Table, config: DataConfig) -> dict[str, Reader]:
    """A reader for each split that a column of a source names; empty if no column divides the rows.

    Args:
        reader: the source.
        head: its first rows.
        config: the data settings.

    Raises:
        Problem: the source cannot be read, or the column is missing or names something else in some rows.
    """
    if config.split_column == NONE:
        return {}
    column = _requested(head, config.split_column) if config.split_column else _likely(head, config)
    if column is None:
        return {}
    has_numbers = _numbers_splits(column, head)
    splits = _splits_in(reader, column, others_allowed=has_numbers and not config.split_column)
    if not config.split_column and (len(splits) < 2 or (has_numbers and not _are_sizes_of_splits(splits))):
        return {}
    names = [name for name in ("train", "validation", "test") if name in splits]
    why = f"divides the rows into {' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))}"
    if has_numbers:
        why += "; " + ", ".join(f"{number} is {name}" for number, name in _NUMBERS.items() if name in names)
    for word in sorted({str(cell).strip() for cell in head.columns[column]}):
        split = _IN_CELLS.get(word.lower(), "")
        if split and word.lower()[:4] != split[:4]:  # `Validate` needs no explanation
            why += f"; {word!r} is {split}"
    if config.split_column:
        says = f"split column {column!r}: {why}, as requested."
    else:
        says = assumption(f"split column {column!r}", why, f"--split-column {NONE}")
    return {split: SplitOfColumn(reader, column, split, says) for split in splits}


def _requested(head: Table, column: str) -> str:
    if column not in head.columns:
        raise Problem(
            f"no column {column!r}",
            where=head.source,
            mend=f"Choose one of {quoted(list(head.columns))} with --split-column, or {NONE}.",
        )
    return column


def _likely(head: Table, config: DataConfig) -> str | None:
    """The column that names splits by its name and its first rows; None if there is not exactly one."""
    others = (config.text_column, config.label_column)
    columns = {name: cells for name, cells in head.columns.items() if name not in others}
    by_name = [name for name, cells in columns.items() if _divides(name, cells, head)]
    likely = by_name or [name for name, cells in columns.items() if _holds_splits(name, cells, head)]
    return likely[0] if len(likely) == 1 else None


def _holds_splits(name: str, cells: Sequence[Cell], head: Table) -> bool:
    """Whether all first rows of a column name splits, whatever it is called, and another may be the label."""
    named = {str(cell).strip(): _named(cell) for cell in cells}
    # Two letters may be a language: tr is Turkish, te is Telugu.
    says_train = any(split == "train" and len(word) > len("trn") for word, split in named.items())
    return None not in named.values() and says_train and has_label(head, (name,))


def _divides(name: str, cells: Sequence[Cell], head: Table) -> bool:
    """Whether the name of a column and its first rows say that it divides the rows into splits."""
    if split_flag(name):
        return _marks_splits(name, cells, head)
    has_words = 2 * sum(_named(cell) is not None for cell in cells) > len(cells)
    return _numbers_splits(name, head) or bool(has_words and _NAMES.intersection(words_of(name)[-1:]))


def _marks_splits(name: str, cells: Sequence[Cell], head: Table) -> bool:
    """Whether a column such as `is_valid` marks held-out rows: less than half of them, beside a label column.

    Otherwise it is more likely to say whether something is valid.
    """
    named = list(map(_naming(name), cells))
    return len(head.columns) > 2 and None not in named and 2 * named.count("train") > len(named)


def _numbers_splits(name: str, head: Table) -> bool:
    """Whether a column has the name of a split column and holds the numbers 0 to 2, in the first rows."""
    return _is_of_splits(name, head) and {_number(cell) for cell in head.columns[name]} <= _NUMBERS.keys()


def _is_of_splits(name: str, head: Table) -> bool:
    """Whether a column has the name of a split column, and stands beside one that may be the label."""
    words = set(words_of(name)) - _BESIDE
    return bool(words) and words <= _NUMBERED and has_label(head, (name,))


def _are_sizes_of_splits(rows: Mapping[str, int]) -> bool:
    """Whether there are three splits, and most rows are for training."""
    return len(rows) == len(_NUMBERS) and 2 * rows["train"] > sum(rows.values())


def numbers_in(head: Table, config: DataConfig) -> list[str]:
    """What to say of columns that number folds or splits: they are not used."""
    found = []
    for name, cells in head.columns.items():
        values = {_number(cell) for cell in cells if not is_blank(cell)}
        others = {value for value in values if not _INTEGER.fullmatch(value)}
        if name in (config.text_column, config.label_column) or not 1 < len(values) <= _MOST_FOLDS:
            continue
        if _FOLDS.intersection(words_of(name)[-1:]) and not others:
            what = f"numbers {len(values)} folds"
            option = "--split-column names a column with train, validation or test"
        elif _is_of_splits(name, head) and _names_no_splits(name, values, others):
            what = f"holds {', '.join(sorted(values))}"
            option = "if they are splits, write train, validation and test instead"
            if values <= _NUMBERS.keys() and not any(map(is_blank, cells)):
                option = f"--split-column {name!r} reads 0 as train, 1 as validation, 2 as test"
        else:
            continue
        found.append(f"column {name!r} {what} and is not used: all rows are read ({option}).")
    return found


def _names_no_splits(name: str, values: Collection[str], others: Collection[str]) -> bool:
    """Whether a column that may name splits by its name holds numbers, or words that name none."""
    if all(map(_named, others)):
        return len(others) < len(values) <= len(_NUMBERS)
    return _CERTAIN.issuperset(words_of(name))


def _number(cell: Cell) -> str:
    """A number as a word, without decimals that are zero."""
    return str(cell).strip().removesuffix(".0")


def _splits_in(reader: Reader, column: str, *, others_allowed: bool) -> dict[str, int]:
    """The splits that a column names, with their rows; none if a row names another, where that is allowed.

    Raises:
        Problem: a row names none.
    """
    splits: dict[str, int] = {}
    name = _naming(column)
    for table in reader.chunks([column]):
        for cell, line in zip(table.columns[column], table.lines, strict=True):
            if (split := name(cell)) is None:
                if others_allowed:
                    return {}
                what = "is empty" if is_blank(cell) else f"holds {quoted([str(cell)])}, which names no split"
                raise Problem(
                    f"the split column {column!r} {what}",
                    where=table.place(line),
                    mend="Write train, validation or test in all rows, "
                    f"or use all rows for training with --split-column {NONE}.",
                )
            splits[split] = splits.get(split, 0) + 1
    return splits


def _naming(column: str) -> Callable[[Cell], str | None]:
    """What names the split of a cell of a column: its word, or in `is_test` whether it is true."""
    marked = split_flag(column)
    if marked is None:
        return lambda cell: _NUMBERS.get(_number(cell)) or _named(cell)
    other = "test" if marked == "train" else "train"

    def name(cell: Cell) -> str | None:
        flag = _FLAGS.get(str(cell).strip().lower())
        return None if flag is None else marked if flag else other

    return name


def _named(cell: Cell) -> str | None:
    """The split that a cell names."""
    name = str(cell).strip().lower()
    return _IN_CELLS.get(name) or split_of(name)
