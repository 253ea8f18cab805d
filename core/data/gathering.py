"""gather and divide: the sources of a run read once, checked, and put into splits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from core.config import DataConfig
from core.data.checks import (
    check_blank,
    check_known_labels,
    check_training_labels,
    describe_blank,
    warn_about_conflicts,
    warn_about_reading,
)
from core.data.columns import Columns, Trained, check_column, find_columns, is_text_name, text_columns
from core.data.dividing import choose_validation_rows
from core.data.groups import Hashes, Numbers
from core.data.label_cells import LabelCells
from core.data.labels import in_order, kind_of
from core.data.pairs import PairReader
from core.data.rows import Rows, read_rows
from core.data.sources import Source, open_sources
from core.data.texts import Texts
from core.problems import Problem


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of a source that are in one split."""

    rows: Rows
    chosen: npt.NDArray[np.bool_]
    """By row of the source."""

    @property
    def source(self) -> str:
        """File or Hub split."""
        return self.rows.source

    @property
    def texts(self) -> Texts:
        """The texts of the split."""
        return self.rows.texts(self.chosen)

    @property
    def hashes(self) -> Hashes:
        """Hashes of the texts."""
        return self.rows.hashes[self.chosen]

    @property
    def keys(self) -> Hashes:
        """Hashes of the normalized texts."""
        return self.rows.keys[self.chosen]

    @property
    def numbers(self) -> Numbers:
        """The numbers of sets of labels of the source, of the rows of the split."""
        return self.rows.numbers[self.chosen]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by label."""
        counts = self.rows.sets.count(self.numbers, len(self.rows.labels)).tolist()
        return dict(zip(self.rows.labels, counts, strict=True))

    @classmethod
    def whole(cls, rows: Rows) -> Self:
        """All rows of a source."""
        return cls(rows, np.ones(len(rows), bool))


@dataclass(frozen=True, eq=False)
class Gathered:
    """The rows of all splits as the sources have them, with everything that was found out about them."""

    rows: dict[str, Rows]
    labels: list[str]
    columns: Columns
    cells: LabelCells
    problems: list[Problem]
    warnings: list[str]
    conflicts: list[str]
    """Warnings, too; where all findings are told these are among them."""
    dropped: list[str]


def gather(sources: dict[str, Source], config: DataConfig) -> Gathered:
    """Read all sources once and check them; problems that leave rows to look at are collected.

    Raises:
        Problem: columns that cannot be told or are missing, cells that are neither text nor label, or rows
            that cannot be read.
    """
    columns = choose_columns(sources["train"], config)
    as_texts = allows_numbers(columns, config)
    cells = LabelCells.of(sources["train"].head, columns.label or "", config.label_delimiter)
    read: dict[str, Rows] = {}
    left_out = []
    for name, source in sources.items():
        may_be_left_out = name == "test" and not source.is_named
        has_labels = columns.label in source.head.columns
        if has_labels or not may_be_left_out:
            read[name] = read_source(source, columns, cells, numbers_are_texts=as_texts)
            has_labels = bool(read[name].labels)
        if may_be_left_out and not has_labels:
            read.pop(name, None)
            left_out = [f"{source.reader.source}: the test split has no labels and is not used."]
    kind = kind_of(read["train"].labels)
    rows = {name: part.with_names(kind) for name, part in read.items()}
    class_names = sources["train"].head.class_names.get(columns.label or "")
    names = in_order(rows["train"].counts, kind, class_names)
    return Gathered(
        rows=rows,
        labels=names,
        columns=replace(columns, reasons=[*columns.reasons, *filter(None, [cells.reason])]),
        cells=cells,
        problems=list(_check(rows, columns, names, config)),
        warnings=left_out + list(warn_about_reading(rows)),
        conflicts=list(warn_about_conflicts(rows)),
        dropped=[
            f"{part.source}: {found}, left out."
            for part in rows.values()
            for found in describe_blank(part, columns)
            if config.drop_bad_rows
        ],
    )


def divide(gathered: Gathered, config: DataConfig, seed: int) -> tuple[dict[str, Part], list[str]]:
    """Parts by split name, and warnings. Without a validation split, rows of train are set aside for it.

    Raises:
        Problem: no rows can be set aside.
    """
    parts = {name: Part.whole(rows) for name, rows in gathered.rows.items()}
    if "validation" in parts:
        return parts, []
    train = gathered.rows["train"]
    fraction = min(config.validation_fraction, config.validation_limit / max(1, len(train)))
    chosen = choose_validation_rows(train.keys, train.numbers, fraction, seed, train.strata)
    if not chosen.any():
        raise Problem(
            "no rows can be set aside for validation, because each label has only one distinct text",
            where=train.source,
            mend="Add rows, or name a validation file with --validation.",
        )
    parts |= {"train": Part(train, ~chosen), "validation": Part(train, chosen)}
    counts = parts["validation"].counts
    warnings = [
        f"Validation has no row of {label!r}: it has only one distinct text."
        for label in gathered.labels
        if not counts[label]
    ]
    return {name: parts[name] for name in ("train", "validation", "test") if name in parts}, warnings


def _check(
    rows: dict[str, Rows], columns: Columns, labels: list[str], config: DataConfig
) -> Iterator[Problem]:
    if not config.drop_bad_rows:
        for part in rows.values():
            yield from check_blank(part, columns)
    yield from check_training_labels(rows["train"], columns)
    for name, part in rows.items():
        yield from check_known_labels(part, labels, "the training data")
        if name != "train" and not len(part):
            yield Problem(
                f"the {name} split has no row with a text and a label",
                where=part.source,
                mend="Name other data.",
            )


def choose_columns(source: Source, config: DataConfig, trained: Trained | None = None) -> Columns:
    """The text and label columns of a source by its first rows.

    Raises:
        Problem: one cannot be told or is missing.
    """
    columns = find_columns(source.head, config.text_column, config.label_column, trained)
    for problem in columns.problems:
        raise problem
    return columns


def reads_pairs(config: DataConfig) -> bool:
    """Whether two text columns are asked for.

    Raises:
        Problem: the data cannot be read, or a column cannot be told or is missing.
    """
    # The name of one column may have a comma, too.
    asked = "," in (config.text_column or "")
    return asked and len(choose_columns(open_sources(config)["train"], config).texts) > 1


def allows_numbers(columns: Columns, config: DataConfig, trained: Trained | None = None) -> bool:
    """Whether it was said, or the name of the column says, that numbers in it are texts."""
    is_known = trained is not None and columns.text == trained.text
    return config.text_column is not None or is_known or is_text_name(columns.text or "")


def read_source(source: Source, columns: Columns, cells: LabelCells, *, numbers_are_texts: bool) -> Rows:
    """Read all rows of a source, with the labels as they are written.

    Raises:
        Problem: it cannot be read, has not these columns, or cells that are neither text nor label.
    """
    text, label = columns.text or "", columns.label or ""
    check_column(source.head, "text", text)
    check_column(source.head, "label", label)
    texts = text_columns(text, source.head.columns)
    return read_rows(PairReader(source.reader, texts, label, numbers_are_texts, cells), source.head.unit)
