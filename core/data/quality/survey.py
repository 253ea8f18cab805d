"""survey: one pass over all rows of all splits. Keeps a few bytes per row, and no texts."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from core.data.examples.index import ExampleIndex
from core.data.examples.reader import ExampleChunk
from core.data.labels.label_sets import LabelSetTable
from core.data.quality.languages import identify_language
from core.data.quality.traits import TRAITS, Trait, bit
from core.data.tables.text_groups import Hashes, Numbers
from core.data.validation_split import SplitExamples
from core.problems import Problem
from core.text.long_text import LongText
from core.text.words import count_words


class TokenCounts(NamedTuple):
    """Numbers of tokens, by text."""

    lengths: Sequence[int] | npt.NDArray[np.int32]
    """With special tokens, before truncation."""
    unread: Sequence[int] | npt.NDArray[np.int32]
    """Tokens that the model does not read."""
    unknown: Sequence[int] | npt.NDArray[np.int32] | None = None
    """Unknown tokens among those that are read; None: there are none."""
    special_tokens: int = 0
    """Special tokens of each text, whatever its length."""
    tokenizer: str = ""
    """Name of the tokenizer; empty if it was learned from these texts."""


TokenCounter = Callable[[list[str]], TokenCounts]
_MAX_KINDS = 1000  # counted per trait


class Progress(Protocol):
    """Receives progress."""

    def __call__(self, message: str, done: int = 0, total: int = 0) -> None:
        """Report `done` of `total`; `total` is 0 if unknown."""


def no_progress(message: str, done: int = 0, total: int = 0) -> None:
    """Ignore progress."""


@dataclass(frozen=True, eq=False)
class SurveyedSplit:
    """The rows of a split. All arrays are by row."""

    name: str
    examples: SplitExamples
    keys: Hashes
    """Equal for texts that count as equal."""
    labels: Numbers
    """Indexes in `Survey.sets`; with one label per text, in `Survey.labels` as well."""
    lines: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int32] | None
    """In tokens, before truncation; None if they could not be counted."""
    unread: npt.NDArray[np.int32] | None
    """Tokens that the model does not read."""
    unknown: npt.NDArray[np.int32] | None
    """Unknown tokens among those that are read."""
    words: npt.NDArray[np.float32]
    """Estimated number of words."""
    flags: npt.NDArray[np.uint8]
    """Bits of the traits of the text."""
    languages: npt.NDArray[np.uint8]
    """Indexes in `Survey.languages`."""

    def __len__(self) -> int:
        return len(self.keys)

    def having(self, trait: Trait) -> npt.NDArray[np.int64]:
        """Rows whose texts have the trait."""
        return np.flatnonzero(self.flags & bit(trait))


@dataclass(frozen=True, eq=False)
class Survey:
    """The input of the checks."""

    splits: list[SurveyedSplit]
    labels: list[str]
    """Label names: those of the training data in order, then others that occur."""
    sets: LabelSetTable
    """Label sets that occur. Set k holds only label k; the sets with several labels or none follow."""
    is_multi_label: bool
    """Whether a text can have several labels or none."""
    max_length: int
    long_text: LongText
    """Which part of a longer text the model reads."""
    not_counted: str
    """Why there are no lengths in tokens; empty if there are."""
    languages: list[str]
    """ISO 639 codes of the languages that occur."""
    kinds: dict[str, Counter[str]]
    """Number of occurrences by trait and kind."""
    tokenizer: str = ""
    """Name of the tokenizer that counted; empty if there is none, or it was learned from these texts."""
    special_tokens: int = 0
    """Special tokens in the length of each text."""

    @property
    def train(self) -> SurveyedSplit:
        """The training split."""
        return self.splits[0]

    def counts(self, split: SurveyedSplit) -> npt.NDArray[np.int64]:
        """Number of rows with each label, shape (labels,)."""
        return self.sets.count(split.labels, len(self.labels))

    def having(self, split: SurveyedSplit, labels: Sequence[int]) -> npt.NDArray[np.bool_]:
        """Mask of the rows with any of these labels."""
        chosen = np.zeros(len(self.sets), bool)
        chosen[np.arange(len(self.sets)).repeat(self.sets.sizes)[np.isin(self.sets.members, labels)]] = True
        found: npt.NDArray[np.bool_] = chosen[split.labels]
        return found

    def name(self, number: int) -> str:
        """The labels of a set, as shown."""
        return " | ".join(self.labels[label] for label in self.sets[number]) or "no label"


def survey(
    splits: dict[str, SplitExamples],
    labels: list[str],
    count_tokens: TokenCounter,
    max_length: int,
    long_text: LongText = "head",
    on_progress: Progress = no_progress,
) -> Survey:
    """Read each source once and survey every text.

    Args:
        splits: by name, train first.
        labels: names in order.
        count_tokens: counts the tokens of texts. May raise a Problem; then there are no lengths.
        max_length: maximum length of a text in tokens.
        long_text: which part of a longer text the model reads.
        on_progress: receives the number of rows read.

    Raises:
        Problem: a source cannot be read any more, or has changed.
    """
    sources = list({id(split.index): split.index for split in splits.values()}.values())
    surveyor = _Surveyor(count_tokens, sum(map(len, sources)), on_progress)
    traits = {id(index): surveyor.read(index) for index in sources}
    others = sorted({name for index in sources for name in index.counts} - set(labels))
    numbers = {name: number for number, name in enumerate([*labels, *others])}
    sets: dict[tuple[int, ...], int] = {(number,): number for number in numbers.values()}
    return Survey(
        splits=[
            _split(name, split, traits[id(split.index)], numbers, sets) for name, split in splits.items()
        ],
        labels=list(numbers),
        sets=LabelSetTable.of(sets),
        is_multi_label=sources[0].is_multi_label,
        max_length=max_length,
        long_text=long_text,
        not_counted=surveyor.not_counted,
        languages=list(surveyor.languages),
        kinds=surveyor.kinds,
        tokenizer=surveyor.tokenizer,
        special_tokens=surveyor.special_tokens,
    )


@dataclass(frozen=True, eq=False)
class _RowTraits:
    """The traits of all rows of a source."""

    lines: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int32] | None
    unread: npt.NDArray[np.int32] | None
    unknown: npt.NDArray[np.int32] | None
    words: npt.NDArray[np.float32]
    flags: npt.NDArray[np.uint8]
    languages: npt.NDArray[np.uint8]


class _Surveyor:
    def __init__(self, count_tokens: TokenCounter, total: int, on_progress: Progress) -> None:
        self._count_tokens = count_tokens
        self._total, self._done = total, 0
        self._on_progress = on_progress
        self.not_counted, self.tokenizer, self.special_tokens = "", "", 0
        self.languages: dict[str, int] = {}
        self.kinds: dict[str, Counter[str]] = {trait.name: Counter() for trait in TRAITS}

    def read(self, index: ExampleIndex) -> _RowTraits:
        seen = list(map(self._chunk, index.examples.chunks()))
        lines, counts, words, flags, languages = zip(*seen, strict=True) if seen else ((), (), (), (), ())
        lengths, unread, unknown = np.concatenate([np.zeros((3, 0), np.int32), *counts], axis=1)
        return _RowTraits(
            lines=np.concatenate([np.zeros(0, np.int64), *lines]),
            lengths=None if self.not_counted else lengths,
            unread=None if self.not_counted else unread,
            unknown=None if self.not_counted else unknown,
            words=np.concatenate([np.zeros(0, np.float32), *words]),
            flags=np.concatenate([np.zeros(0, np.uint8), *flags]),
            languages=np.concatenate([np.zeros(0, np.uint8), *languages]),
        )

    def _chunk(self, chunk: ExampleChunk) -> tuple[Any, Any, Any, Any, Any]:
        self._on_progress("reading texts", self._done, self._total)
        self._done += len(chunk.texts)
        return (
            np.array(chunk.lines, np.int64),
            self._counts(chunk.texts),
            np.fromiter(map(count_words, chunk.texts), np.float32, len(chunk.texts)),
            np.fromiter(map(self._flags, chunk.texts), np.uint8, len(chunk.texts)),
            np.fromiter(map(self._language, chunk.texts), np.uint8, len(chunk.texts)),
        )

    def _counts(self, texts: list[str]) -> npt.NDArray[np.int32]:
        """Lengths, unread and unknown tokens, shape (3, texts); (3, 0) if they cannot be counted."""
        if not self.not_counted and texts:
            try:
                found = self._count_tokens(texts)
            except Problem as problem:
                self.not_counted = str(problem)
            else:
                self.tokenizer, self.special_tokens = found.tokenizer, found.special_tokens
                unknown = np.zeros(len(texts), np.int32) if found.unknown is None else found.unknown
                return np.array([found.lengths, found.unread, unknown], np.int32)
        return np.zeros((3, 0), np.int32)

    def _language(self, text: str) -> int:
        return self.languages.setdefault(identify_language(text), len(self.languages))

    def _flags(self, text: str) -> int:
        flags = 0
        for trait in TRAITS:
            if found := trait.find(text):
                flags |= bit(trait)
                counts = self.kinds[trait.name]
                counts.update(kind for kind in found if kind in counts or len(counts) < _MAX_KINDS)
        return flags


def _split(
    name: str,
    examples: SplitExamples,
    traits: _RowTraits,
    numbers: dict[str, int],
    sets: dict[tuple[int, ...], int],
) -> SurveyedSplit:
    """Survey of a split. Adds label sets that occur for the first time to `sets`."""
    # Labels without an example have no number.
    table, new = examples.index.sets.renumbered([numbers.get(label, -1) for label in examples.index.labels])
    common = [sets.setdefault(tuple(table[number]), len(sets)) for number in range(len(table))]
    by_number = np.array(common, np.int32)[new]
    return SurveyedSplit(
        name=name,
        examples=examples,
        keys=examples.keys,
        labels=by_number[examples.numbers],
        lines=traits.lines[examples.chosen],
        lengths=None if traits.lengths is None else traits.lengths[examples.chosen],
        unread=None if traits.unread is None else traits.unread[examples.chosen],
        unknown=None if traits.unknown is None else traits.unknown[examples.chosen],
        words=traits.words[examples.chosen],
        flags=traits.flags[examples.chosen],
        languages=traits.languages[examples.chosen],
    )
