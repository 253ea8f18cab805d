"""Encoder: texts → token ids, truncated to a maximum length, in batches of the fast tokenizer."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from core.data.examples.texts import Texts, pick
from core.encoding.tokens import Ids, Tokens, Types, starts_of
from core.text.long_text import LongText, Span, gaps, readings
from core.text.text_pairs import TextPair, require_pair

T = TypeVar("T")
_TIMED_TEXTS = 2000


@dataclass(frozen=True)
class Traced:
    """The tokens that the model reads of one text, each once, with their positions in the text.

    Attributes:
        ids: int32, shape (tokens,).
        spans: half-open range of characters, by token.
        words: number of the word of each token; None for special tokens. A word whose middle is not read
            counts as two.
        rows: indexes of the tokens of each row: one row, or several windows, which may share tokens.
        types: int8, shape (tokens,): token type ids of text pairs; None for single texts.
    """

    ids: Ids
    spans: list[tuple[int, int]]
    words: list[int | None]
    rows: list[npt.NDArray[np.intp]]
    types: Types | None = None


class Encoder:
    """Encodes as `tokenizer(text, truncation=True, max_length=max_length)`, and counts the tokens cut.

    A text without any token becomes one padding token: no text is empty.

    Args:
        tokenizer: a fast tokenizer. It is not modified.
        max_length: maximum length in tokens, with special tokens; None for no limit.
        long_text: which part of a longer text to read. Overrides the truncation side of the tokenizer.
        pairs: whether texts are text pairs, joined as in `core.text.text_pairs`.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        max_length: int | None,
        long_text: LongText = "head",
        *,
        pairs: bool = False,
    ) -> None:
        # A copy, because truncation and padding are state of the shared Rust tokenizer.
        self._backend: Any = type(tokenizer.backend_tokenizer).from_str(tokenizer.backend_tokenizer.to_str())
        self._backend.no_truncation()
        self._backend.no_padding()
        self._max_length = max_length
        self._long_text = long_text
        self._pairs = pairs
        self._has_types = pairs and "token_type_ids" in tokenizer.model_input_names
        self._nothing = [tokenizer.pad_token_id or 0]
        self.unknown_id: int | None = tokenizer.unk_token_id
        """Id of the token for what the vocabulary lacks; None where it lacks nothing."""
        self.special_tokens: int = self._backend.num_special_tokens_to_add(pairs)
        """Number of special tokens that each text gets."""

    def encode(self, texts: list[str]) -> Tokens:
        """Encode `texts` in parallel. The list may be empty.

        Raises:
            Problem: a text is not a pair, but `pairs` is set.
        """
        encodings = self._backend.encode_batch_fast(self._inputs(texts))
        rows = [encoding.ids or self._nothing for encoding in encodings]
        types = [encoding.type_ids or [0] for encoding in encodings] if self._has_types else None
        full_lengths = np.fromiter(map(len, rows), np.int32, len(rows))
        counts, unread = np.ones_like(full_lengths), np.zeros_like(full_lengths)
        if self._max_length is not None:
            # From the last: a text that becomes several rows shifts those after it.
            for index in np.flatnonzero(full_lengths > self._max_length)[::-1]:
                found = self._read(encodings[index])
                counts[index] = len(found)
                unread[index] = sum(end - start for start, end in gaps(_flat(found), full_lengths[index]))
                for lists in (rows, types):
                    if lists is not None:
                        lists[index : index + 1] = [_taken(lists[index], spans) for spans in found]
        starts = starts_of(np.fromiter(map(len, rows), np.int64, len(rows)))
        tokens = int(starts[-1])
        return Tokens(
            ids=np.fromiter(chain.from_iterable(rows), np.int32, tokens),
            starts=starts,
            full_lengths=full_lengths,
            unread=unread,
            firsts=starts_of(counts) if self._long_text == "windows" else None,
            types=None if types is None else np.fromiter(chain.from_iterable(types), np.int8, tokens),
        )

    def encode_chunks(self, chunks: Iterable[list[str]]) -> Iterator[Tokens]:
        """Encode chunk by chunk."""
        for texts in chunks:
            yield self.encode(texts)

    def trace(self, text: str) -> Traced:
        """The tokens that `encode` gives for one text, with their positions.

        Raises:
            Problem: the text is not a pair, but `pairs` is set.
        """
        (encoding,) = self._backend.encode_batch(self._inputs([text]))
        rows = [[(0, len(encoding.ids))]]
        if self._max_length is not None and len(encoding.ids) > self._max_length:
            rows = self._read(encoding)
        places = [np.concatenate([np.arange(*span) for span in spans]) for spans in rows]
        kept = np.unique(np.concatenate(places)).tolist()
        of_text, before = encoding.sequence_ids, self._before(text)
        offsets = [(encoding.offsets[place], before[of_text[place] or 0]) for place in kept]
        types = np.array([encoding.type_ids[place] for place in kept] or [0], np.int8)
        return Traced(
            ids=np.array([encoding.ids[place] for place in kept] or self._nothing, np.int32),
            spans=[(start + more, end + more) for (start, end), more in offsets] or [(0, 0)],
            words=_words(encoding, kept) or [None],
            rows=[np.searchsorted(kept, row) for row in places] if kept else [np.zeros(1, np.intp)],
            types=types if self._has_types else None,
        )

    def unread(self, text: str) -> list[Span]:
        """The spans of `text` that the model does not read, in characters.

        Raises:
            Problem: the text is not a pair, but `pairs` is set.
        """
        (encoding,) = self._backend.encode_batch(self._inputs([text]))
        length = len(encoding.ids)
        if self._max_length is None or length <= self._max_length:
            return []
        parts = gaps(_flat(self._read(encoding)), length)
        offsets, of_text = encoding.offsets, encoding.sequence_ids
        before = self._before(text)
        return [
            (offsets[start][0] + before[of_text[start]], offsets[end - 1][1] + before[of_text[end - 1]])
            for start, end in parts
        ]

    def _before(self, text: str) -> tuple[int, ...]:
        """Start of each text of a pair within the joined `text`, in characters."""
        # The second text of a pair is a suffix.
        return (0, len(text) - len(require_pair(text).second)) if self._pairs else (0,)

    def _inputs(self, texts: list[str]) -> Sequence[str | TextPair]:
        """The input of the tokenizer."""
        if not self._pairs:
            return texts
        return list(map(require_pair, texts))

    def _read(self, encoding: Any) -> list[list[Span]]:
        """The token spans of each row of a long text."""
        of_text, length = encoding.sequence_ids, len(encoding.ids)
        borders = _borders(of_text, 1 + self._pairs)
        lengths = [end - start for start, end in borders]
        capacity = max(0, (self._max_length or 0) - length + sum(lengths))
        rows = []
        for reading in readings(lengths, capacity, self._long_text):
            spans, end = [], 0
            for (start, stop), parts in zip(borders, reading, strict=True):
                # Special tokens before, between and after the texts are in every row.
                spans += [(end, start), *((start + first, start + last) for first, last in parts)]
                end = stop
            rows.append([*spans, (end, length)])
        return rows


def _words(encoding: Any, kept: list[int]) -> list[int | None]:
    """For each kept token, the index of the first token of its word; None for special tokens."""
    words, of_text = encoding.word_ids, encoding.sequence_ids
    found: list[int | None] = []
    before = -1
    for place in kept:
        # Word numbers start at 0 in each text of a pair.
        if words[place] is None or of_text[place] is None:
            found.append(None)
        elif place == before + 1 > 0 and (words[before], of_text[before]) == (words[place], of_text[place]):
            found.append(found[-1])
        else:
            found.append(place)
        before = place
    return found


def _borders(of_text: list[int | None], texts: int) -> list[Span]:
    """The token span of each text, without special tokens. A text without tokens has an empty span."""
    borders, end = [], 0
    for number in range(texts):
        start = of_text.index(number) if number in of_text else end
        end = len(of_text) - of_text[::-1].index(number) if number in of_text else end
        borders.append((start, end))
    return borders


def _flat(rows: list[list[Span]]) -> list[Span]:
    return [span for spans in rows for span in spans]


def _taken(values: list[T], spans: list[Span]) -> list[T]:
    return [value for start, end in spans for value in values[start:end]]


def tokenizing_seconds(encoder: Encoder, texts: Texts) -> float:
    """Estimate the time to tokenize all `texts`, in seconds, by tokenizing an even sample of them.

    Raises:
        Problem: the texts cannot be read, or have changed.
    """
    chosen = np.unique(np.linspace(0, len(texts) - 1, min(len(texts), _TIMED_TEXTS)).astype(np.intp))
    sample = [text for _, text in pick(texts, chosen)]
    encoder.encode(sample[:1])  # the first call starts the threads
    began = time.perf_counter()
    encoder.encode(sample)
    return (time.perf_counter() - began) * len(texts) / len(sample)
