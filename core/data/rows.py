"""Rows: what is known of all rows of a source, as arrays of labels and hashes without the texts."""

import hashlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.data.groups import Hashes, Numbers
from core.data.label_sets import SetNumbers, SetTable
from core.data.labels import LabelKind, Words, label_name
from core.data.pairs import ChosenTexts, PairReader
from core.data.remarks import Remarks
from core.data.table import place

_LINES_KEPT = 5


def normalized(text: str) -> str:
    """What makes two texts equal: case and white space do not count."""
    return " ".join(text.casefold().split())


def hashes_of(texts: Iterable[str]) -> bytes:
    """Eight bytes of hash for each text, the same on every machine.

    Among 2.5 million different texts, two have the same hash with a chance of 1 in 6 million: n² / 2⁶⁵.
    """
    return b"".join([hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts])


@dataclass
class Places:
    """How many rows there are of some kind, and the lines of the first few."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, lines: list[int]) -> None:
        """Count more of them."""
        self.count += len(lines)
        self.lines += lines[: _LINES_KEPT - len(self.lines)]


@dataclass(frozen=True, eq=False)
class Rows:
    """The usable rows of a source, in their order."""

    pairs: PairReader
    unit: str
    labels: list[str]
    """Distinct labels by label number; some may be in no usable row."""
    numbers: Numbers
    """By row the number of its set of labels; where each text has one label, the number of that."""
    sets: SetTable
    """The labels of each set."""
    hashes: Hashes
    """Of the text, by row."""
    keys: Hashes
    """Hash of the normalized text, by row: texts that are taken for equal have equal keys."""
    first_lines: dict[str, int]
    """Where each label that is in a usable row occurs first."""
    without_text: Places
    without_label: Places
    remarks: list[str]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def total(self) -> int:
        """All rows, also those that are not usable."""
        return len(self) + self.without_text.count + self.without_label.count

    @property
    def source(self) -> str:
        """File or Hub split."""
        return self.pairs.reader.source

    @cached_property
    def counts(self) -> dict[str, int]:
        """Rows by label, for the labels that are in a usable row."""
        counts = self.sets.count(self.numbers, len(self.labels)).tolist()
        return {label: count for label, count in zip(self.labels, counts, strict=True) if count}

    @property
    def without_labels(self) -> int:
        """How many rows have an empty set of labels."""
        return int(np.count_nonzero(self.sets.sizes[self.numbers] == 0))

    @property
    def strata(self) -> Numbers:
        """By set number the label that stands for the set where rows are divided: the rarest one."""
        return self.sets.rarest(self.sets.count(self.numbers, len(self.labels)))

    def place(self, line: int) -> str:
        """Where a row is, for the start of a sentence."""
        return place(self.source, self.unit, line)

    def with_names(self, kind: LabelKind) -> "Rows":
        """The same rows, with the names of the labels in place of the words in which they are written."""
        names = [label_name(word, kind) for word in self.labels]
        if names == self.labels:
            return self
        distinct = list(dict.fromkeys(names))
        numbers = {name: number for number, name in enumerate(distinct)}
        first_lines: dict[str, int] = {}
        for word, line in self.first_lines.items():
            name = label_name(word, kind)
            first_lines[name] = min(line, first_lines.get(name, line))
        sets, new = self.sets.renamed([numbers[name] for name in names])
        return replace(self, labels=distinct, numbers=new[self.numbers], sets=sets, first_lines=first_lines)

    def texts(self, chosen: npt.NDArray[np.bool_]) -> ChosenTexts:
        """The texts of some of the rows, by whether each is chosen."""
        return ChosenTexts(self.pairs, chosen)


def read_rows(pairs: PairReader, unit: str) -> Rows:
    """Read a source once. Its labels are words as they are written: see `Rows.with_names`.

    Raises:
        Problem: it cannot be read, a cell is neither text nor label, or there are too many labels.
    """
    words = Words(pairs.reader.source, pairs.label)
    sets = SetNumbers(words, pairs.cells)
    numbers, hashes, keys = array("i"), bytearray(), bytearray()  # which grow in place
    first_lines: dict[str, int] = {}
    without_text, without_label = Places(), Places()
    remarks = Remarks()
    for part in pairs.chunks():
        found = list(map(sets.number, part.labels))
        if len(first_lines) < len(words.found):
            for labels, line in zip(sets.labels_of(found), part.lines, strict=True):
                for label in labels:
                    first_lines.setdefault(words.found[label], line)
        numbers.extend(found)
        hashes += hashes_of(part.texts)
        keys += hashes_of(map(normalized, part.texts))
        for label in part.unused_labels:
            sets.number(label)
        without_text.add(part.without_text)
        without_label.add(part.without_label)
        remarks.add(part.remarks)
    return Rows(
        pairs=pairs,
        unit=unit,
        labels=words.found,
        numbers=np.frombuffer(numbers, np.int32),
        sets=sets.table(),
        hashes=np.frombuffer(hashes, "<u8"),
        keys=np.frombuffer(keys, "<u8"),
        first_lines=first_lines,
        without_text=without_text,
        without_label=without_label,
        remarks=remarks.sentences(),
    )
