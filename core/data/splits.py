"""load_splits: the checked training, validation and test data of a run, as plain lists."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.config import DataConfig
from core.data.checks import (
    check_blank,
    check_known_labels,
    check_training_labels,
    describe_blank,
    warn_about_rows,
)
from core.data.columns import Columns, Trained, find_columns, is_text_name
from core.data.dividing import choose_validation_rows
from core.data.labels import in_order, is_blank, kind_of
from core.data.rows import Rows, extract_rows
from core.data.sources import Source, read_for_evaluation, read_sources
from core.data.table import Table
from core.problems import Problem


@dataclass(frozen=True)
class Split:
    """Texts and the numbers of their labels."""

    name: str
    """train, validation or test; file for a file that is only evaluated."""
    source: str
    """File or Hub split the rows come from."""
    texts: list[str]
    label_ids: list[int]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class DataSplits:
    """Everything a run learns from and is measured on."""

    train: Split
    validation: Split
    test: Split | None
    labels: list[str]
    """Label names by label number."""
    text_column: str
    label_column: str
    reasons: list[str]
    """Why these columns were chosen, a sentence each."""
    warnings: list[str]
    dropped: list[str]
    """What was left out because of `drop_bad_rows`, a sentence each."""
    fingerprint: str
    """SHA-256 of labels, splits, texts and label numbers."""


@dataclass(frozen=True)
class Gathered:
    """The rows of all splits as the sources have them, with everything that was found out about them."""

    rows: dict[str, Rows]
    labels: list[str]
    columns: Columns
    problems: list[Problem]
    warnings: list[str]
    dropped: list[str]


def load_splits(config: DataConfig, *, seed: int) -> DataSplits:
    """Read, check and divide the data of a run.

    Labels get their numbers in the order of the training data's names: false before true, integers by number,
    words by alphabet, class names of the Hub in their order.

    Args:
        config: where the data is and how it is read.
        seed: decides which rows are set aside when there is no validation split.

    Raises:
        Problem: anything that would keep the run from training well and can be mended, with its place.
    """
    gathered = gather(read_sources(config), config)
    for problem in gathered.problems:
        raise problem
    splits, warnings = divide(gathered, config, seed)
    return DataSplits(
        train=splits["train"],
        validation=splits["validation"],
        test=splits.get("test"),
        labels=gathered.labels,
        text_column=gathered.columns.text or "",
        label_column=gathered.columns.label or "",
        reasons=gathered.columns.reasons,
        warnings=gathered.warnings + warnings,
        dropped=gathered.dropped,
        fingerprint=_fingerprint(gathered.labels, splits.values()),
    )


def load_labelled(config: DataConfig, labels: list[str], trained: Trained | None = None) -> Split:
    """Read the data that `config.train` names to evaluate a model which has these labels.

    Of a folder or a data set of the Hub the test split is taken, else validation, else train.

    Raises:
        Problem: the data cannot be read or used, or has a label that the model does not have.
    """
    name, table = read_for_evaluation(config)
    columns = _columns_of(table, config, trained)
    kind = kind_of(labels)
    rows = extract_rows(table, columns, kind, numbers_are_texts=_numbers_are_texts(columns, config, trained))
    problems = [] if config.drop_bad_rows else list(check_blank(rows, columns))
    problems += check_known_labels(rows, labels, "the model")
    if not rows.texts:
        problems.append(
            Problem("no row has both a text and a label", where=rows.source, mend="Name other data.")
        )
    for problem in problems:
        raise problem
    return _split(name, rows, labels, range(len(rows.texts)))


def gather(sources: dict[str, Source], config: DataConfig) -> Gathered:
    """Take the rows out of all sources and check them; problems that leave rows to look at are collected.

    Raises:
        Problem: columns that cannot be told or are missing, or cells that are neither text nor label.
    """
    tables = {name: source.table for name, source in sources.items()}
    train = tables["train"]
    columns = _columns_of(train, config)
    left_out = []
    if "test" in tables and not sources["test"].is_named and not _has_labels(tables["test"], columns):
        left_out = [f"{tables.pop('test').source}: the test split has no labels and is not used."]
    kind = kind_of(train.columns[columns.label or ""])
    as_texts = _numbers_are_texts(columns, config)
    rows = {
        name: extract_rows(table, columns, kind, numbers_are_texts=as_texts) for name, table in tables.items()
    }
    names = in_order(rows["train"].labels, kind, train.class_names.get(columns.label or ""))
    return Gathered(
        rows=rows,
        labels=names,
        columns=columns,
        problems=list(_check(rows, columns, names, config)),
        warnings=left_out + list(warn_about_rows(rows)),
        dropped=[
            f"{part.source}: {found}, left out."
            for part in rows.values()
            for found in describe_blank(part, columns)
            if config.drop_bad_rows
        ],
    )


def divide(gathered: Gathered, config: DataConfig, seed: int) -> tuple[dict[str, Split], list[str]]:
    """Splits by name, and warnings. Without a validation split, rows of train are set aside for it."""
    rows, labels = gathered.rows, gathered.labels
    splits = {name: _split(name, part, labels, range(len(part.texts))) for name, part in rows.items()}
    if "validation" in splits:
        return splits, []
    train = rows["train"]
    fraction = min(config.validation_fraction, config.validation_limit / max(1, len(train.texts)))
    chosen = choose_validation_rows(train.keys, train.labels, fraction, seed)
    if not chosen:
        raise Problem(
            "no rows can be set aside for validation, because each label has only one distinct text",
            where=train.source,
            mend="Add rows, or name a validation file with --validation.",
        )
    everything = range(len(train.texts))
    splits["train"] = _split("train", train, labels, (index for index in everything if index not in chosen))
    splits["validation"] = _split("validation", train, labels, sorted(chosen))
    absent = [
        label for number, label in enumerate(labels) if number not in set(splits["validation"].label_ids)
    ]
    warnings = [f"Validation has no row of {label!r}: it has only one distinct text." for label in absent]
    return {name: splits[name] for name in ("train", "validation", "test") if name in splits}, warnings


def _check(
    rows: dict[str, Rows], columns: Columns, labels: list[str], config: DataConfig
) -> Iterator[Problem]:
    if not config.drop_bad_rows:
        for part in rows.values():
            yield from check_blank(part, columns)
    yield from check_training_labels(rows["train"], columns)
    for name, part in rows.items():
        yield from check_known_labels(part, labels, "the training data")
        if name != "train" and not part.texts:
            yield Problem(
                f"the {name} split has no row with a text and a label",
                where=part.source,
                mend="Name other data.",
            )


def _columns_of(table: Table, config: DataConfig, trained: Trained | None = None) -> Columns:
    columns = find_columns(table, config.text_column, config.label_column, trained)
    for problem in columns.problems:
        raise problem
    return columns


def _numbers_are_texts(columns: Columns, config: DataConfig, trained: Trained | None = None) -> bool:
    is_known = trained is not None and columns.text == trained.text
    return config.text_column is not None or is_known or is_text_name(columns.text or "")


def _has_labels(table: Table, columns: Columns) -> bool:
    return not all(map(is_blank, table.columns.get(columns.label or "", [])))


def _split(name: str, rows: Rows, labels: list[str], indexes: Iterable[int]) -> Split:
    numbers = {label: number for number, label in enumerate(labels)}
    taken = [index for index in indexes if rows.labels[index] in numbers]
    return Split(
        name=name,
        source=rows.source,
        texts=[rows.texts[index] for index in taken],
        label_ids=[numbers[rows.labels[index]] for index in taken],
    )


def _fingerprint(labels: list[str], splits: Iterable[Split]) -> str:
    digest = hashlib.sha256()

    def add(text: str) -> None:
        data = text.encode()
        digest.update(len(data).to_bytes(8, "big") + data)

    for label in labels:
        add(label)
    for split in splits:
        add(split.name)
        for text, label_id in zip(split.texts, split.label_ids, strict=True):
            add(f"{label_id} {text}")
    return digest.hexdigest()
