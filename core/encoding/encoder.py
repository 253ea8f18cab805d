"""Encoder: texts to token ids, cut at a length, by the tokenizer's fast batch road."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from core.encoding.tokens import Ids, Tokens


@dataclass(frozen=True)
class Traced:
    """The tokens that are read of one text, and where in it each is from.

    Attributes:
        ids: int32, shape (tokens,).
        spans: first character of each token and the one behind its last.
        words: number of the word that each token is a part of; None for tokens that are not of the text.
    """

    ids: Ids
    spans: list[tuple[int, int]]
    words: list[int | None]


class Encoder:
    """Encodes as `tokenizer(text, truncation=True, max_length=max_length)` does, and counts what is cut.

    A text of which nothing is left, not even special tokens, becomes one token of padding: no text is empty.

    Args:
        tokenizer: a fast tokenizer; it is left as it is.
        max_length: in tokens, special tokens included; None cuts nothing.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_length: int | None) -> None:
        # A copy: truncation and padding are state of the Rust tokenizer, and belong to whoever set them.
        self._backend: Any = type(tokenizer.backend_tokenizer).from_str(tokenizer.backend_tokenizer.to_str())
        self._backend.no_truncation()
        self._backend.no_padding()
        self._max_length = max_length
        self._cuts_left = tokenizer.truncation_side == "left"
        self._nothing = [tokenizer.pad_token_id or 0]

    def encode(self, texts: list[str]) -> Tokens:
        """Encode `texts`, all at once and in parallel; there may be none."""
        encodings = self._backend.encode_batch_fast(texts)
        rows = [encoding.ids or self._nothing for encoding in encodings]
        full_lengths = np.fromiter(map(len, rows), np.int32, len(rows))
        if self._max_length is not None:
            for index in np.flatnonzero(full_lengths > self._max_length):
                rows[index] = self._cut(rows[index], encodings[index].special_tokens_mask)
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)), out=starts[1:])
        ids: Ids = np.fromiter(chain.from_iterable(rows), np.int32, int(starts[-1]))
        return Tokens(ids, starts, full_lengths)

    def encode_chunks(self, chunks: Iterable[list[str]]) -> Iterator[Tokens]:
        """Encode one chunk after the other."""
        for texts in chunks:
            yield self.encode(texts)

    def trace(self, text: str) -> Traced:
        """The tokens that `encode` gives for one text, and where they are from."""
        encoding = self._backend.encode(text)
        special = encoding.special_tokens_mask
        kept = list(range(len(special)))
        if self._max_length is not None and len(kept) > self._max_length:
            kept = self._cut(kept, special)
        return Traced(
            ids=np.array([encoding.ids[place] for place in kept] or self._nothing, np.int32),
            spans=[encoding.offsets[place] for place in kept] or [(0, 0)],
            words=[None if special[place] else encoding.word_ids[place] for place in kept] or [None],
        )

    def _cut(self, row: list[int], special: list[int]) -> list[int]:
        """Cut between the special tokens that open and close every text: [CLS] and [SEP] for BERT."""
        opening, closing = special.index(0), special[::-1].index(0)
        over = len(row) - (self._max_length or 0)
        if self._cuts_left:
            return row[:opening] + row[opening + over :]
        return row[: len(row) - closing - over] + row[len(row) - closing :]
