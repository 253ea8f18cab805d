"""load_splits: the checked training, validation and test data of a run; the texts stay where they are."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.config import DataConfig
from core.data.checks import check_blank, check_known_labels, warn_about_shared_texts
from core.data.columns import Trained
from core.data.gathering import Part, allows_numbers, choose_columns, divide, gather, read_source
from core.data.groups import Hashes
from core.data.label_cells import LabelCells
from core.data.label_sets import LabelIds, LabelSets
from core.data.labels import kind_of
from core.data.sources import open_for_evaluation, open_sources
from core.data.table import Table
from core.data.texts import Texts
from core.problems import Problem


@dataclass(frozen=True, eq=False)
class Split:
    """Texts, which are read when they are asked for, and the numbers of their labels."""

    name: str
    """train, validation or test; file for a file that is only evaluated."""
    source: str
    """File or Hub split the rows come from."""
    texts: Texts
    label_ids: LabelIds
    """By row."""
    keys: Hashes
    """By row: of the text, for which case and spaces do not count."""
    seen: npt.NDArray[np.bool_]
    """By row, of validation and test: whether the text occurs in train as well, but for case and spaces."""
    fingerprint: str
    """SHA-256 of the texts (their hashes) and label numbers."""
    pairs: bool = False
    """Whether each text is two, as `core.text.text_pairs` joins them."""

    def __len__(self) -> int:
        return len(self.label_ids)

    @property
    def is_multi_label(self) -> bool:
        """Whether a text has a set of labels, and not one."""
        return isinstance(self.label_ids, LabelSets)


@dataclass(frozen=True, eq=False)
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
    """SHA-256 of the labels and of the names and fingerprints of the splits."""
    label_delimiter: str | None = None
    """What divides the labels of a text in its cell; None where it has one, or a list."""

    @property
    def present(self) -> list[Split]:
        """Those that there are, train first."""
        return [split for split in (self.train, self.validation, self.test) if split is not None]


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
    gathered = gather(open_sources(config), config)
    for problem in gathered.problems:
        raise problem
    parts, warnings = divide(gathered, config, seed)
    keys = {name: part.keys for name, part in parts.items()}
    splits = {
        name: _split(name, part, gathered.labels, gathered.cells, None if name == "train" else keys["train"])
        for name, part in parts.items()
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
        fingerprint=_fingerprint(gathered.labels, splits),
        label_delimiter=gathered.cells.delimiter,
    )


def load_labelled(config: DataConfig, labels: list[str], trained: Trained | None = None) -> Split:
    """Read the data that `config.train` names to evaluate a model which has these labels.

    Of a folder or a data set of the Hub the test split is taken, else validation, else train.

    Raises:
        Problem: the data cannot be read or used, or has a label that the model does not have.
    """
    name, source = open_for_evaluation(config)
    columns = choose_columns(source, config, trained)
    as_texts = allows_numbers(columns, config, trained)
    cells = _cells(source.head, columns.label or "", config.label_delimiter, trained)
    rows = read_source(source, columns, cells, numbers_are_texts=as_texts).with_names(kind_of(labels))
    problems = [] if config.drop_bad_rows else list(check_blank(rows, columns))
    problems += check_known_labels(rows, labels, "the model")
    if not len(rows):
        problems.append(
            Problem("no row has both a text and a label", where=rows.source, mend="Name other data.")
        )
    for problem in problems:
        raise problem
    return _split(name, Part.whole(rows), labels, cells)


def _cells(head: Table, column: str, delimiter: str | None, trained: Trained | None) -> LabelCells:
    """How labels are read for a model: as it was trained.

    Raises:
        Problem: it gives each text one label, and a delimiter was named.
    """
    if trained is None:
        return LabelCells.of(head, column, delimiter)
    if delimiter is not None and not trained.several:
        raise Problem(
            "the model gives each text one label", where=head.source, mend="Leave --label-delimiter out."
        )
    return LabelCells(trained.several, delimiter if delimiter is not None else trained.delimiter)


def _split(
    name: str, part: Part, labels: list[str], cells: LabelCells, trained: Hashes | None = None
) -> Split:
    """The split with label numbers that count in `labels`, which has all that occur."""
    ids = {label: number for number, label in enumerate(labels)}
    by_number = np.array([ids.get(label, -1) for label in part.rows.labels], np.int32)
    hashes = part.hashes
    label_ids: LabelIds
    if cells.several:
        table, numbers = part.rows.sets.renamed(by_number.tolist())
        label_ids = LabelSets(numbers[part.numbers], table, len(labels))
        answers: npt.NDArray[Any] = label_ids.hashes
    else:
        label_ids = by_number[part.numbers]
        answers = label_ids.astype("<i4")
    return Split(
        name=name,
        source=part.source,
        texts=part.texts,
        label_ids=label_ids,
        keys=part.keys,
        seen=np.zeros(len(hashes), bool) if trained is None else np.isin(part.keys, trained),
        fingerprint=_digest(hashes.astype("<u8"), answers),
        pairs=len(part.rows.pairs.texts) > 1,
    )


def _digest(*arrays: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(array.tobytes())
    return digest.hexdigest()


def _fingerprint(labels: list[str], splits: dict[str, Split]) -> str:
    named = [labels, *([name, split.fingerprint] for name, split in splits.items())]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()
