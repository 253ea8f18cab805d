"""ExampleIndex: labels and text hashes of all examples of a source, as arrays, without the texts."""

from array import array
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.data.examples.reader import ExampleReader, SelectedTexts
from core.data.labels.cells import LabelCells
from core.data.labels.label_sets import LabelSetNumbers, LabelSetTable
from core.data.labels.names import LabelKind, LabelWords, label_name
from core.data.tables.table import RowWarnings, place
from core.data.tables.text_groups import Hashes, Numbers, hash_texts, normalize

_KEPT_LINES = 5


@dataclass
class Places:
    """Number of rows of some kind, and the lines of the first few."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, lines: list[int]) -> None:
        """Add more rows."""
        self.count += len(lines)
        self.lines += lines[: _KEPT_LINES - len(self.lines)]


@dataclass(frozen=True, eq=False)
class ExampleIndex:
    """The examples of a source, in order. Rows without a text or label are not examples."""

    examples: ExampleReader
    unit: str
    labels: list[str]
    """Distinct labels by label number. Some may occur only in rows without a text."""
    numbers: Numbers
    """Label set number by example; with one label per text, its label number."""
    sets: LabelSetTable
    """The labels of each set."""
    is_multi_label: bool
    """Whether a text can have several labels or none."""
    hashes: Hashes
    """Hash of the text, by example."""
    keys: Hashes
    """Hash of the normalized text, by example: equal for texts that count as equal."""
    first_lines: dict[str, int]
    """Line of the first example of each label."""
    without_text: Places
    without_label: Places
    warnings: list[str]
    name_place: Callable[[int], str] | None = None
    """Names the file and line of a position, where the unit is a place."""
    without_kept_label: int = 0
    """Number of rows that are no examples any more, because their labels are dropped."""

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def total(self) -> int:
        """Number of rows, with those that are not examples."""
        blank = self.without_text.count + self.without_label.count
        return len(self) + blank + self.without_kept_label

    @property
    def cells(self) -> LabelCells:
        """How the label cells are parsed."""
        return replace(self.examples.cells, multi_label=self.is_multi_label)

    @property
    def source(self) -> str:
        """File or Hub split."""
        return self.examples.reader.source

    @cached_property
    def counts(self) -> dict[str, int]:
        """Number of examples by label, for labels with any."""
        counts = self.sets.count(self.numbers, len(self.labels)).tolist()
        return {label: count for label, count in zip(self.labels, counts, strict=True) if count}

    @property
    def without_labels(self) -> int:
        """Number of examples with an empty label set."""
        return int(np.count_nonzero(self.sets.sizes[self.numbers] == 0))

    @property
    def strata(self) -> Numbers:
        """The stratum of each set number for stratified splits: the rarest label of the set."""
        return self.sets.rarest(self.sets.count(self.numbers, len(self.labels)))

    def place(self, line: int) -> str:
        """The place of a row, as messages name it."""
        return self.name_place(line) if self.name_place else place(self.source, self.unit, line)

    def with_names(self, kind: LabelKind) -> "ExampleIndex":
        """The same examples with label names instead of labels as written. Equal names merge."""
        return self.renamed([label_name(word, kind) for word in self.labels])

    def renamed(self, names: Sequence[str]) -> "ExampleIndex":
        """The same examples with other names of the labels, by label number. Equal names merge."""
        if names == self.labels:
            return self
        distinct = list(dict.fromkeys(names))
        numbers = {name: number for number, name in enumerate(distinct)}
        first_lines: dict[str, int] = {}
        renamed = dict(zip(self.labels, names, strict=True))
        for word, line in self.first_lines.items():
            name = renamed[word]
            first_lines[name] = min(line, first_lines.get(name, line))
        sets, new = self.sets.renumbered([numbers[name] for name in names])
        return replace(self, labels=distinct, numbers=new[self.numbers], sets=sets, first_lines=first_lines)

    @property
    def has_one_label_each(self) -> bool:
        """Whether every example has exactly one label, although its cell could have more."""
        could = self.examples.cells.form in ("list", "vector", "weights")
        return could and len(self) > 0 and bool((self.sets.sizes[self.numbers] == 1).all())

    @property
    def may_lack_labels(self) -> bool:
        """Whether the lists hold one label or none: an empty one may be of a text that was not labelled."""
        cells, sizes = self.examples.cells, self.sets.sizes[self.numbers]
        return (
            cells.form == "list"
            and not cells.in_columns
            and len(self.labels) > 1
            and set(sizes.tolist()) == {0, 1}
        )

    @property
    def has_one_set(self) -> bool:
        """Whether all examples have the same labels, several of them."""
        return self.is_multi_label and len(self) > 1 and bool((self.numbers == self.numbers[0]).all())

    def with_one_label_each(self) -> "ExampleIndex":
        """The same examples as data with one label per text. Each must have exactly one."""
        starts = np.minimum(self.sets.starts[:-1], len(self.sets.members) - 1)
        return replace(
            self,
            is_multi_label=False,
            numbers=self.sets.members[starts[self.numbers]],
            sets=LabelSetTable.of([(number,) for number in range(len(self.labels))]),
        )

    def without(self, dropped: Collection[str]) -> "ExampleIndex":
        """The examples that have other labels than the dropped ones, or never had any, with those labels."""
        labels = [label for label in self.labels if label not in dropped]
        if len(labels) == len(self.labels):
            return self
        numbers = {label: number for number, label in enumerate(labels)}
        sets, new = self.sets.renumbered([numbers.get(label, -1) for label in self.labels])
        by_example = new[self.numbers]
        kept = (sets.sizes[by_example] > 0) | (self.sets.sizes[self.numbers] == 0)
        smaller = replace(
            self,
            examples=self.examples.only(kept),
            labels=labels,
            numbers=by_example[kept],
            sets=sets,
            hashes=self.hashes[kept],
            keys=self.keys[kept],
            first_lines={label: line for label, line in self.first_lines.items() if label in numbers},
            without_kept_label=self.without_kept_label + int(np.count_nonzero(~kept)),
        )
        return smaller if self.is_multi_label else smaller.with_one_label_each()

    def texts(self, chosen: npt.NDArray[np.bool_]) -> SelectedTexts:
        """The texts of some examples, selected by a mask."""
        return SelectedTexts(self.examples, chosen)


def index_examples(
    examples: ExampleReader, unit: str, name_place: Callable[[int], str] | None = None
) -> ExampleIndex:
    """Read a source once and index its examples. Labels are as written: see `ExampleIndex.with_names`.

    Raises:
        Problem: the source cannot be read, a cell is neither text nor label, or there are too many labels.
    """
    words = LabelWords(examples.reader.source, examples.label)
    sets = LabelSetNumbers(words, examples.cells)
    numbers, hashes, keys = array("i"), bytearray(), bytearray()  # grow in place
    first_lines: dict[str, int] = {}
    without_text, without_label = Places(), Places()
    warnings = RowWarnings()
    for chunk in examples.chunks():
        found = list(map(sets.number, chunk.labels))
        if len(first_lines) < len(words.found):
            for labels, line in zip(sets.labels_of(found), chunk.lines, strict=True):
                for label in labels:
                    first_lines.setdefault(words.found[label], line)
        numbers.extend(found)
        hashes += hash_texts(chunk.texts)
        keys += hash_texts(map(normalize, chunk.texts))
        for label in chunk.unused_labels:
            sets.number(label)
        without_text.add(chunk.without_text)
        without_label.add(chunk.without_label)
        warnings.add(chunk.warnings)
    return ExampleIndex(
        examples=examples,
        unit=unit,
        labels=words.found,
        numbers=np.frombuffer(numbers, np.int32),
        sets=sets.table(),
        is_multi_label=examples.cells.multi_label,
        hashes=np.frombuffer(hashes, "<u8"),
        keys=np.frombuffer(keys, "<u8"),
        first_lines=first_lines,
        without_text=without_text,
        without_label=without_label,
        warnings=warnings.sentences(),
        name_place=name_place,
    )
