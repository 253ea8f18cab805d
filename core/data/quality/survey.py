"""survey: all rows of all splits looked at once; a few bytes are kept of each row, and none of the texts."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from core.data.gathering import Part
from core.data.groups import Hashes, Numbers
from core.data.label_sets import SetTable
from core.data.pairs import Pairs
from core.data.quality.languages import guess_language
from core.data.quality.traits import TRAITS, Trait, bit
from core.data.rows import Rows
from core.problems import Problem
from core.text.long_text import LongText


class Counted(NamedTuple):
    """Numbers of tokens, of each text that was asked about."""

    lengths: Sequence[int] | npt.NDArray[np.int32]
    """Special tokens included, nothing cut off."""
    unread: Sequence[int] | npt.NDArray[np.int32]
    """How many of them the model does not read."""


Counting = Callable[[list[str]], Counted]
_MOST_KINDS = 1000  # that are told apart of a trait


class Progress(Protocol):
    """Is told how far it has come."""

    def __call__(self, message: str, done: int = 0, total: int = 0) -> None:
        """`total` is 0 when it is not known."""


def be_silent(message: str, done: int = 0, total: int = 0) -> None:
    """Nobody wants to know how far it has come."""


@dataclass(frozen=True, eq=False)
class SurveyedSplit:
    """What is known of the rows of a split, each array by row."""

    name: str
    part: Part
    keys: Hashes
    """Equal where texts are taken for equal."""
    labels: Numbers
    """Numbers in `Survey.sets`: where each text has one label, in `Survey.labels` just as well."""
    lines: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int32] | None
    """In tokens, nothing cut off; None where they could not be counted."""
    unread: npt.NDArray[np.int32] | None
    """How many of these tokens are not read."""
    flags: npt.NDArray[np.uint8]
    """The bits of the traits of its text."""
    languages: npt.NDArray[np.uint8]
    """Numbers in `core.data.quality.languages.LANGUAGES`."""

    def __len__(self) -> int:
        return len(self.keys)

    def having(self, trait: Trait) -> npt.NDArray[np.int64]:
        """The rows whose texts have the trait."""
        return np.flatnonzero(self.flags & bit(trait))


@dataclass(frozen=True, eq=False)
class Survey:
    """What the checks look at."""

    splits: list[SurveyedSplit]
    labels: list[str]
    """Names by number: those of the training data in their order, then others that occur."""
    sets: SetTable
    """What the rows can have: each label alone by its own number, then the sets of several, or of none."""
    is_multi_label: bool
    """Whether a text can have several labels, or none."""
    max_length: int
    long_text: LongText
    """What is read of longer texts."""
    not_counted: str
    """Why there are no lengths in tokens; empty where there are."""
    kinds: dict[str, Counter[str]]
    """By trait: what was found how often."""

    @property
    def train(self) -> SurveyedSplit:
        """The split to learn from."""
        return self.splits[0]

    def counts(self, split: SurveyedSplit) -> npt.NDArray[np.int64]:
        """How many rows have each label."""
        return self.sets.count(split.labels, len(self.labels))

    def having(self, split: SurveyedSplit, labels: Sequence[int]) -> npt.NDArray[np.bool_]:
        """Which rows have any of these labels."""
        chosen = np.zeros(len(self.sets), bool)
        chosen[np.arange(len(self.sets)).repeat(self.sets.sizes)[np.isin(self.sets.members, labels)]] = True
        found: npt.NDArray[np.bool_] = chosen[split.labels]
        return found

    def name(self, number: int) -> str:
        """What the rows with this number in `sets` have."""
        return " | ".join(self.labels[label] for label in self.sets[number]) or "no label"


def survey(
    parts: dict[str, Part],
    labels: list[str],
    count_tokens: Counting,
    max_length: int,
    long_text: LongText = "head",
    on_progress: Progress = be_silent,
) -> Survey:
    """Read each source once and look at every text.

    Args:
        parts: by name of the split, train first.
        labels: names in their order.
        count_tokens: counts the tokens of texts; it raises a Problem where it cannot count.
        max_length: longest text in tokens that the model is to read.
        long_text: what is read of longer texts.
        on_progress: is told how many rows were read.

    Raises:
        Problem: a source cannot be read any more, or was changed.
    """
    sources = list({id(part.rows): part.rows for part in parts.values()}.values())
    looking = _Looking(count_tokens, sum(map(len, sources)), on_progress)
    looked = {id(rows): looking.look(rows) for rows in sources}
    others = sorted({name for rows in sources for name in rows.counts} - set(labels))
    numbers = {name: number for number, name in enumerate([*labels, *others])}
    sets: dict[tuple[int, ...], int] = {(number,): number for number in numbers.values()}
    return Survey(
        splits=[_split(name, part, looked[id(part.rows)], numbers, sets) for name, part in parts.items()],
        labels=list(numbers),
        sets=SetTable.of(sets),
        is_multi_label=sources[0].pairs.cells.several,
        max_length=max_length,
        long_text=long_text,
        not_counted=looking.not_counted,
        kinds=looking.kinds,
    )


@dataclass(frozen=True, eq=False)
class _Looked:
    """What was seen of all rows of a source."""

    lines: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int32] | None
    unread: npt.NDArray[np.int32] | None
    flags: npt.NDArray[np.uint8]
    languages: npt.NDArray[np.uint8]


class _Looking:
    def __init__(self, count_tokens: Counting, total: int, on_progress: Progress) -> None:
        self._count_tokens = count_tokens
        self._total, self._done = total, 0
        self._on_progress = on_progress
        self.not_counted = ""
        self.kinds: dict[str, Counter[str]] = {trait.name: Counter() for trait in TRAITS}

    def look(self, rows: Rows) -> _Looked:
        seen = list(map(self._chunk, rows.pairs.chunks()))
        lines, counts, flags, languages = zip(*seen, strict=True) if seen else ((), (), (), ())
        lengths, unread = np.concatenate([np.zeros((2, 0), np.int32), *counts], axis=1)
        return _Looked(
            lines=np.concatenate([np.zeros(0, np.int64), *lines]),
            lengths=None if self.not_counted else lengths,
            unread=None if self.not_counted else unread,
            flags=np.concatenate([np.zeros(0, np.uint8), *flags]),
            languages=np.concatenate([np.zeros(0, np.uint8), *languages]),
        )

    def _chunk(self, pairs: Pairs) -> tuple[Any, Any, Any, Any]:
        self._on_progress("looking at texts", self._done, self._total)
        self._done += len(pairs.texts)
        return (
            np.array(pairs.lines, np.int64),
            self._counts(pairs.texts),
            np.fromiter(map(self._flags, pairs.texts), np.uint8, len(pairs.texts)),
            np.fromiter(map(guess_language, pairs.texts), np.uint8, len(pairs.texts)),
        )

    def _counts(self, texts: list[str]) -> npt.NDArray[np.int32]:
        """Lengths and what of them is not read, shape (2, texts); (2, 0) where they cannot be counted."""
        if not self.not_counted and texts:
            try:
                return np.array(self._count_tokens(texts), np.int32)
            except Problem as problem:
                self.not_counted = str(problem)
        return np.zeros((2, 0), np.int32)

    def _flags(self, text: str) -> int:
        flags = 0
        for trait in TRAITS:
            if found := trait.find(text):
                flags |= bit(trait)
                counts = self.kinds[trait.name]
                counts.update(kind for kind in found if kind in counts or len(counts) < _MOST_KINDS)
        return flags


def _split(
    name: str, part: Part, looked: _Looked, numbers: dict[str, int], sets: dict[tuple[int, ...], int]
) -> SurveyedSplit:
    """What is known of a split; sets that occur in it for the first time get their numbers in `sets`."""
    table, new = part.rows.sets.renamed([numbers.get(label, -1) for label in part.rows.labels])
    # Labels that are in no row have no number.
    known = [tuple(label for label in table[number] if label >= 0) for number in range(len(table))]
    common = [sets.setdefault(each, len(sets)) for each in known]
    by_number = np.array(common, np.int32)[new]
    return SurveyedSplit(
        name=name,
        part=part,
        keys=part.keys,
        labels=by_number[part.numbers],
        lines=looked.lines[part.chosen],
        lengths=None if looked.lengths is None else looked.lengths[part.chosen],
        unread=None if looked.unread is None else looked.unread[part.chosen],
        flags=looked.flags[part.chosen],
        languages=looked.languages[part.chosen],
    )
