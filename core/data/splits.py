"""load_splits: the checked training, validation and test data of a run. Texts stay in their files."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.config import DataConfig
from core.data.columns.columns import TrainedColumns
from core.data.examples.texts import Texts
from core.data.gather import (
    allows_numbers,
    choose_columns,
    gather,
    read_source,
)
from core.data.labelling.detection import cells_like, detect_cells
from core.data.labelling.naming import name_labels_of_model
from core.data.labelling.numbering import Numbering, find_numbering, requested
from core.data.labels.cells import PLAIN, LabelCells
from core.data.labels.label_sets import LabelIds, LabelSets
from core.data.problems import check_blank, check_known_labels, warn_about_shared_texts
from core.data.sources import open_for_evaluation, open_sources
from core.data.tables.table import Table
from core.data.tables.text_groups import Hashes
from core.data.validation_split import SplitExamples, divide
from core.problems import Problem


@dataclass(frozen=True, eq=False)
class Split:
    """The texts of a split, read on demand, and their label numbers."""

    name: str
    """train, validation or test; file if a single file is evaluated."""
    source: str
    """File or Hub split."""
    texts: Texts
    label_ids: LabelIds
    """By row."""
    keys: Hashes
    """Hash of the normalized text, by row."""
    seen: npt.NDArray[np.bool_]
    """Whether the text, normalized, occurs in train too, by row. All false for train."""
    fingerprint: str
    """SHA-256 of the hashes of the texts and the label numbers."""
    has_text_pairs: bool = False
    """Whether each text is a text pair, joined as in `core.text.text_pairs`."""
    reasons: list[str] = field(default_factory=list)
    """What was assumed about a file that is evaluated, one sentence each."""

    def __len__(self) -> int:
        return len(self.label_ids)

    @property
    def is_multi_label(self) -> bool:
        """Whether a text can have several labels."""
        return isinstance(self.label_ids, LabelSets)


@dataclass(frozen=True, eq=False)
class DataSplits:
    """The splits of a run, with labels, columns and warnings."""

    train: Split
    validation: Split
    test: Split | None
    labels: list[str]
    """Label names by label number."""
    text_column: str
    label_column: str
    reasons: list[str]
    """Why these columns were chosen, one sentence each."""
    warnings: list[str]
    dropped: list[str]
    """Rows skipped because of `drop_bad_rows`, one sentence per source."""
    fingerprint: str
    """SHA-256 of the labels and of the names and fingerprints of the splits."""
    label_delimiter: str | None = None
    """Delimiter of the labels in a cell; None for single labels and lists."""
    names_by_number: dict[str, str] = field(default_factory=dict)
    """What labels that are numbers mean in other data, where it is declared."""

    @property
    def present(self) -> list[Split]:
        """The splits that exist, train first."""
        return [split for split in (self.train, self.validation, self.test) if split is not None]


def load_splits(config: DataConfig, *, seed: int) -> DataSplits:
    """Read, check and divide the data of a run.

    Labels are numbered in a stable order: false before true, integers by value, words alphabetically,
    declared class names in their own order.

    Args:
        config: the data settings.
        seed: selects the rows to hold out if there is no validation split.

    Raises:
        Problem: the data cannot be read or must be corrected; with its place.
    """
    gathered = gather(open_sources(config), config)
    for problem in gathered.problems:
        raise problem
    examples, warnings = divide(gathered.indexes, gathered.labels, config, seed)
    keys = {name: split.keys for name, split in examples.items()}
    splits = {
        name: _split(name, split, gathered.labels, None if name == "train" else keys["train"])
        for name, split in examples.items()
    }
    return DataSplits(
        train=splits["train"],
        validation=splits["validation"],
        test=splits.get("test"),
        labels=gathered.labels,
        text_column=gathered.columns.text or "",
        label_column=gathered.columns.label or "",
        reasons=gathered.columns.reasons,
        warnings=[*gathered.warnings, *gathered.conflicts, *warn_about_shared_texts(keys), *warnings],
        dropped=gathered.dropped,
        fingerprint=fingerprint_of(
            gathered.labels, {name: split.fingerprint for name, split in splits.items()}
        ),
        label_delimiter=gathered.cells.delimiter if gathered.cells.form == "delimited" else None,
        names_by_number=gathered.names_by_number,
    )


def load_labelled(config: DataConfig, labels: list[str], trained: TrainedColumns | None = None) -> Split:
    """Read the data at `config.train` to evaluate a model with these labels.

    Of a folder or a data set on the Hub, reads the test split, or else validation, or else train.

    Raises:
        Problem: the data cannot be read or used, or has a label that the model does not have.
    """
    name, source = open_for_evaluation(config, *((trained.text, trained.label) if trained else ()))
    columns = choose_columns(source, config, trained)
    as_texts = allows_numbers(columns, config, trained)
    cells = _cells(source.head, columns.label or "", config, labels, trained)
    index = read_source(source, columns, cells, numbers_are_texts=as_texts)
    numbering = requested(config.label_names) or find_numbering(source.head, columns, cells, config)
    if not numbering.names and trained is not None:
        numbering = Numbering(trained.names_by_number)
    named = name_labels_of_model(index, labels, config, numbering, trained)
    index = named.indexes["data"]
    problems = [] if config.drop_bad_rows else list(check_blank(index, columns))
    problems += check_known_labels(index, labels, "the model")
    if not len(index):
        problems.append(
            Problem("no row has both a text and a label", where=index.source, mend="Use other data.")
        )
    for problem in [*named.problems, *problems]:
        raise problem
    split = _split(name, SplitExamples.whole(index), labels)
    is_usual = trained is not None and (columns.text, columns.label) == (trained.text, trained.label)
    chosen = [] if is_usual else columns.reasons
    if cells.why:
        chosen = [*chosen, cells.reason]
    return replace(split, reasons=[*source.head.assumptions, *chosen, *named.reasons, *named.dropped])


def _cells(
    head: Table, column: str, config: DataConfig, labels: list[str], trained: TrainedColumns | None
) -> LabelCells:
    """How to parse labels for a model: with as many labels a text as in its training data.

    Raises:
        Problem: a delimiter is given, but the model is not multi-label.
    """
    delimiter = config.label_delimiter
    if trained is None:
        return detect_cells(head, column, delimiter, multi_label=config.multi_label)
    like = LabelCells(
        "list" if trained.multi_label else "label", trained.multi_label, delimiter or trained.delimiter
    )
    if like.delimiter not in (None, PLAIN):
        like = replace(like, form="delimited")
    found = cells_like(like, head, column, labels)
    if found.form == "delimited" and not trained.multi_label:
        raise Problem("the model is not multi-label", where=head.source, mend="Remove --label-delimiter.")
    return found


def _split(name: str, examples: SplitExamples, labels: list[str], trained: Hashes | None = None) -> Split:
    """The split with label numbers that index `labels`, which must contain all labels that occur."""
    ids = {label: number for number, label in enumerate(labels)}
    by_number = np.array([ids.get(label, -1) for label in examples.index.labels], np.int32)
    hashes = examples.hashes
    label_ids: LabelIds
    if examples.index.is_multi_label:
        table, numbers = examples.index.sets.renumbered(by_number.tolist())
        label_ids = LabelSets(numbers[examples.numbers], table, len(labels))
        answers: npt.NDArray[Any] = label_ids.hashes
    else:
        label_ids = by_number[examples.numbers]
        answers = label_ids.astype("<i4")
    return Split(
        name=name,
        source=examples.source,
        texts=examples.texts,
        label_ids=label_ids,
        keys=examples.keys,
        seen=np.zeros(len(hashes), bool) if trained is None else np.isin(examples.keys, trained),
        fingerprint=_digest(hashes.astype("<u8"), answers),
        has_text_pairs=len(examples.index.examples.texts) > 1,
    )


def _digest(*arrays: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(array.tobytes())
    return digest.hexdigest()


def fingerprint_of(labels: list[str], splits: Mapping[str, str]) -> str:
    """SHA-256 of the labels and of the fingerprints of the splits, by their names."""
    named = [labels, *([name, splits[name]] for name in ("train", "validation", "test") if name in splits)]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()
