"""Read the sources of a run once, check them, and divide them into splits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from core.config import DataConfig
from core.data.columns import (
    Columns,
    TrainedColumns,
    check_column,
    find_columns,
    is_text_name,
    text_columns,
)
from core.data.examples.index import ExampleIndex, index_examples
from core.data.examples.reader import ExampleReader
from core.data.examples.texts import Texts
from core.data.labels.cells import LabelCells
from core.data.labels.names import in_order, kind_of
from core.data.problems import (
    check_blank,
    check_known_labels,
    check_training_labels,
    describe_blank,
    warn_about_conflicts,
    warn_about_reading,
)
from core.data.sources import Source, open_sources
from core.data.text_groups import Hashes, Numbers
from core.data.validation_split import choose_validation_rows
from core.problems import Problem


@dataclass(frozen=True, eq=False)
class SplitExamples:
    """The examples of a source that belong to one split."""

    index: ExampleIndex
    chosen: npt.NDArray[np.bool_]
    """Mask over the examples of the source."""

    @property
    def source(self) -> str:
        """File or Hub split."""
        return self.index.source

    @property
    def texts(self) -> Texts:
        """The texts of the split."""
        return self.index.texts(self.chosen)

    @property
    def hashes(self) -> Hashes:
        """Hashes of the texts."""
        return self.index.hashes[self.chosen]

    @property
    def keys(self) -> Hashes:
        """Hashes of the normalized texts."""
        return self.index.keys[self.chosen]

    @property
    def numbers(self) -> Numbers:
        """Label set numbers of the source, by example of the split."""
        return self.index.numbers[self.chosen]

    @property
    def counts(self) -> dict[str, int]:
        """Number of examples by label."""
        counts = self.index.sets.count(self.numbers, len(self.index.labels)).tolist()
        return dict(zip(self.index.labels, counts, strict=True))

    @classmethod
    def whole(cls, index: ExampleIndex) -> Self:
        """All examples of a source."""
        return cls(index, np.ones(len(index), bool))


@dataclass(frozen=True, eq=False)
class Gathered:
    """The examples of all sources, with the columns, problems and warnings."""

    indexes: dict[str, ExampleIndex]
    """By split."""
    labels: list[str]
    columns: Columns
    cells: LabelCells
    problems: list[Problem]
    warnings: list[str]
    conflicts: list[str]
    """Warnings that repeat a finding of the full checks."""
    dropped: list[str]


def gather(sources: dict[str, Source], config: DataConfig) -> Gathered:
    """Read all sources once and check them. Problems that leave examples to look at are collected.

    Raises:
        Problem: a column is missing or ambiguous, a cell is neither text nor label, or a source cannot be
            read.
    """
    columns = choose_columns(sources["train"], config)
    as_texts = allows_numbers(columns, config)
    cells = LabelCells.of(sources["train"].head, columns.label or "", config.label_delimiter)
    read: dict[str, ExampleIndex] = {}
    skipped = []
    for name, source in sources.items():
        may_skip = name == "test" and not source.is_named
        has_labels = columns.label in source.head.columns
        if has_labels or not may_skip:
            read[name] = read_source(source, columns, cells, numbers_are_texts=as_texts)
            has_labels = bool(read[name].labels)
        if may_skip and not has_labels:
            read.pop(name, None)
            skipped = [f"{source.reader.source}: the test split has no labels and is not used."]
    kind = kind_of(read["train"].labels)
    indexes = {name: index.with_names(kind) for name, index in read.items()}
    class_names = sources["train"].head.class_names.get(columns.label or "")
    names = in_order(indexes["train"].counts, kind, class_names)
    return Gathered(
        indexes=indexes,
        labels=names,
        columns=replace(
            columns, reasons=[*_assumptions(sources), *columns.reasons, *filter(None, [cells.reason])]
        ),
        cells=cells,
        problems=list(_check(indexes, columns, names, config)),
        warnings=skipped + list(warn_about_reading(indexes)),
        conflicts=list(warn_about_conflicts(indexes)),
        dropped=[
            f"{index.source}: {found}; skipped."
            for index in indexes.values()
            for found in describe_blank(index, columns)
            if config.drop_bad_rows
        ],
    )


def divide(gathered: Gathered, config: DataConfig, seed: int) -> tuple[dict[str, SplitExamples], list[str]]:
    """Divide the examples into splits. Without a validation split, training examples are held out.

    Returns:
        The splits by name, and warnings.

    Raises:
        Problem: no examples can be held out.
    """
    splits = {name: SplitExamples.whole(index) for name, index in gathered.indexes.items()}
    if "validation" in splits:
        return splits, []
    train = gathered.indexes["train"]
    fraction = min(config.validation_fraction, config.validation_limit / max(1, len(train)))
    chosen = choose_validation_rows(train.keys, train.numbers, fraction, seed, train.strata)
    if not chosen.any():
        raise Problem(
            "cannot hold out rows for validation: each label has only one distinct text",
            where=train.source,
            mend="Add rows, or name a validation file with --validation.",
        )
    splits |= {"train": SplitExamples(train, ~chosen), "validation": SplitExamples(train, chosen)}
    counts = splits["validation"].counts
    warnings = [
        f"Validation has no row of {label!r}, which has only one distinct text."
        for label in gathered.labels
        if not counts[label]
    ]
    return {name: splits[name] for name in ("train", "validation", "test") if name in splits}, warnings


def _check(
    indexes: dict[str, ExampleIndex], columns: Columns, labels: list[str], config: DataConfig
) -> Iterator[Problem]:
    if not config.drop_bad_rows:
        for index in indexes.values():
            yield from check_blank(index, columns)
    yield from check_training_labels(indexes["train"], columns)
    for name, index in indexes.items():
        yield from check_known_labels(index, labels, "the training data")
        if name != "train" and not len(index):
            yield Problem(
                f"the {name} split has no row with both a text and a label",
                where=index.source,
                mend="Use other data.",
            )


def _assumptions(sources: dict[str, Source]) -> list[str]:
    """How the sources were read; with the source where there are several."""
    return [
        sentence if len(sources) == 1 else f"{source.reader.source}: {sentence}"
        for source in sources.values()
        for sentence in source.head.assumptions
    ]


def choose_columns(source: Source, config: DataConfig, trained: TrainedColumns | None = None) -> Columns:
    """Choose the text and label columns of a source by its first rows.

    Raises:
        Problem: a column is missing or ambiguous.
    """
    columns = find_columns(source.head, config.text_column, config.label_column, trained)
    for problem in columns.problems:
        raise problem
    return columns


def reads_text_pairs(config: DataConfig) -> bool:
    """Whether two text columns are requested.

    Raises:
        Problem: the data cannot be read, or a column is missing or ambiguous.
    """
    # The name of a single column may contain a comma.
    requested = "," in (config.text_column or "")
    return requested and len(choose_columns(open_sources(config)["train"], config).texts) > 1


def allows_numbers(columns: Columns, config: DataConfig, trained: TrainedColumns | None = None) -> bool:
    """Whether numbers in the text column are texts: it was requested, trained with, or has a usual name."""
    is_known = trained is not None and columns.text == trained.text
    return config.text_column is not None or is_known or is_text_name(columns.text or "")


def read_source(
    source: Source, columns: Columns, cells: LabelCells, *, numbers_are_texts: bool
) -> ExampleIndex:
    """Read all rows of a source. Labels are as written.

    Raises:
        Problem: the source cannot be read or lacks a column, or a cell is neither text nor label.
    """
    text, label = columns.text or "", columns.label or ""
    check_column(source.head, "text", text)
    check_column(source.head, "label", label)
    texts = text_columns(text, source.head.columns)
    examples = ExampleReader(source.reader, texts, label, numbers_are_texts, cells)
    return index_examples(examples, source.head.unit, source.head.name_place)
