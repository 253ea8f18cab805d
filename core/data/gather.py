"""Read the sources of a run once, and check them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.config import DataConfig
from core.data.columns.choice import likely_label
from core.data.columns.columns import (
    Columns,
    TrainedColumns,
    check_column,
    find_columns,
    is_text_name,
    text_columns,
)
from core.data.examples.index import ExampleIndex, index_examples
from core.data.examples.reader import ExampleReader
from core.data.labelling.checks import warn_about_spelling
from core.data.labelling.detection import cells_like, detect_cells
from core.data.labelling.naming import name_labels
from core.data.labelling.numbering import find_numbering, name_column
from core.data.labels.cells import LabelCells
from core.data.labels.names import label_name
from core.data.problems import (
    check_blank,
    check_known_labels,
    check_training_labels,
    describe_blank,
    warn_about_conflicts,
    warn_about_reading,
)
from core.data.sources import Source, open_sources
from core.problems import Problem
from core.text.plain import quoted

_UNLABELLED = "-1"  # in the test splits of benchmarks, whose labels are kept back


@dataclass(frozen=True, eq=False)
class Gathered:
    """The examples of all sources, with the columns, problems and warnings."""

    indexes: dict[str, ExampleIndex]
    """By split."""
    labels: list[str]
    columns: Columns
    cells: LabelCells
    """How the label cells of the training data are parsed."""
    names_by_number: dict[str, str]
    """What labels that are numbers mean in other data, where it is declared."""
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
    train = sources["train"]
    chosen = choose_columns(train, config)
    columns, paired = name_column(train.head, chosen, config)
    read, skipped = _read_all(sources, columns, chosen.label, config)
    cells = read["train"].cells
    numbering = paired if paired.names else find_numbering(train.head, columns, cells, config)
    declared = {
        name: sources[name].head.class_names.get(index.examples.label, []) for name, index in read.items()
    }
    named = name_labels(read, config, numbering, declared)
    indexes = named.indexes
    reasons = [*_assumptions(sources), *columns.reasons, *_forms(indexes), *named.reasons]
    blank = [
        f"{index.source}: {found}; skipped."
        for index in indexes.values()
        for found in describe_blank(index, columns)
        if config.drop_bad_rows
    ]
    return Gathered(
        indexes=indexes,
        labels=named.labels,
        columns=replace(columns, reasons=reasons),
        cells=cells,
        names_by_number=dict(numbering.names),
        problems=[*named.problems, *_check(indexes, columns, named.labels, config)],
        warnings=[*skipped, *warn_about_reading(indexes), *named.warnings],
        conflicts=[*warn_about_spelling(indexes["train"]), *warn_about_conflicts(indexes)],
        dropped=blank + named.dropped,
    )


def _read_all(
    sources: dict[str, Source], columns: Columns, by_number: str | None, config: DataConfig
) -> tuple[dict[str, ExampleIndex], list[str]]:
    """Read all sources, train first; a test split without labels is skipped, with a warning.

    Args:
        sources: by split.
        columns: the columns of the training data.
        by_number: label column of sources that lack the chosen one, because they have no names of labels.
        config: the data settings.
    """
    as_texts = allows_numbers(columns, config)
    train = sources["train"].head
    cells = detect_cells(train, columns.label or "", config.label_delimiter, multi_label=config.multi_label)
    read: dict[str, ExampleIndex] = {}
    skipped: list[str] = []
    for name, source in sources.items():
        label = by_number if columns.label not in source.head.columns else columns.label
        may_skip = name == "test" and not source.is_named
        has_labels = label in source.head.columns
        if problem := _other_columns(source, sources["train"], columns, label or ""):
            raise problem
        if not has_labels and may_skip:
            skipped.append(_without_labels(source, "no labels"))
            continue
        its_columns = replace(columns, label=label) if has_labels else columns
        if name != "train":
            cells = cells_like(read["train"].cells, source.head, label, read["train"].labels)
        index = read_source(source, its_columns, cells, numbers_are_texts=as_texts)
        if name == "train" and config.multi_label is None and index.has_one_label_each:
            index = index.with_one_label_each()
        elif name == "train" and config.multi_label is None and index.may_lack_labels:
            cells = replace(cells, multi_label=False)
            index = read_source(source, its_columns, cells, numbers_are_texts=as_texts)
        if may_skip and not index.labels:
            skipped.append(_without_labels(source, "no labels"))
        elif may_skip and _is_unlabelled(index, read["train"]):
            skipped.append(_without_labels(source, f"only the label {_UNLABELLED}"))
        else:
            read[name] = index
    return read, skipped


def _other_columns(source: Source, train: Source, columns: Columns, label: str) -> Problem | None:
    """A split that lacks the text column of `train`, or has its labels in another column; None if not."""
    own = source.head.columns
    missing = [name for name in columns.texts if name not in own]
    others = [name for name in own if name not in train.head.columns]
    if label not in own and (likely_label(source.head) in others or missing):
        missing.append(label)
    if not missing:
        return None
    mend = "Rename its columns."
    if next(iter(own)) == "column 1":
        mend = "Add a first row with the names of its columns."
    if not source.is_named and len(train.reader.paths) == 1:
        mend += f" To leave it out, name only '{train.reader.source}'."
    return Problem(
        f"no column {quoted(missing)}, which {train.reader.source} has; "
        f"its own columns are {quoted(list(own))}",
        where=source.reader.source,
        mend=mend,
    )


def _is_unlabelled(index: ExampleIndex, train: ExampleIndex) -> bool:
    """Whether all labels are the number that stands for none, and the training data have no such label."""
    labels, known = ({label_name(word, "integer") for word in each.labels} for each in (index, train))
    return labels == {_UNLABELLED} and _UNLABELLED not in known


def _without_labels(source: Source, what: str) -> str:
    return f"{source.reader.source}: the test split has {what} and is not used."


def _check(
    indexes: dict[str, ExampleIndex], columns: Columns, labels: list[str], config: DataConfig
) -> Iterator[Problem]:
    if not config.drop_bad_rows:
        for index in indexes.values():
            yield from check_blank(index, columns)
    yield from check_training_labels(indexes["train"], columns, config)
    for name, index in indexes.items():
        yield from check_known_labels(index, labels, "the training data")
        if name != "train" and not len(index):
            yield Problem(
                f"the {name} split has no row with both a text and a label",
                where=index.source,
                mend="Use other data.",
            )


def _forms(indexes: dict[str, ExampleIndex]) -> list[str]:
    """How the label cells of the training data are parsed, and those of other splits that differ."""
    cells = indexes["train"].cells
    others = [
        f"{index.source}: {index.cells.reason}"
        for index in indexes.values()
        if index.cells.form != cells.form and index.cells.reason
    ]
    return [*filter(None, [cells.reason]), *others]


def _assumptions(sources: dict[str, Source]) -> list[str]:
    """How the sources were read; with the source where there are several files."""
    said = [
        (source.reader.source, tuple(source.reader.paths), sentence)
        for source in sources.values()
        for sentence in source.head.assumptions
    ]
    first = {(paths, sentence): source for source, paths, sentence in reversed(said)}
    are_several = len({paths for _, paths, _ in said}) > 1
    return [
        f"{source}: {sentence}" if are_several else sentence
        for source, paths, sentence in said
        if first[paths, sentence] == source
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
