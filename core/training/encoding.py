"""Texts to token ids, once per run: flat int32 arrays in place of millions of Python lists."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

_CHUNK = 1024


@dataclass(frozen=True)
class EncodedSplit(Dataset[dict[str, Any]]):
    """Token ids of all texts of a split, end to end, with the labels.

    Attributes:
        ids: int32, shape (tokens,).
        starts: int64, shape (texts + 1,): text i is `ids[starts[i]:starts[i + 1]]`.
        full_lengths: int32, shape (texts,): lengths in tokens before truncation.
        labels: int64, shape (texts,).
    """

    ids: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    full_lengths: npt.NDArray[np.int32]
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"ids": self.ids[self.starts[index] : self.starts[index + 1]], "label": self.labels[index]}

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Lengths in tokens after truncation, shape (texts,)."""
        return np.diff(self.starts)

    @property
    def truncated(self) -> int:
        """Number of texts that were cut."""
        return int((self.full_lengths > self.lengths).sum())

    def by_length(self) -> "EncodedSplit":
        """The same texts, the longest first, so that batches need little padding."""
        order = np.argsort(-self.lengths, kind="stable")
        pieces = [self.ids[self.starts[i] : self.starts[i + 1]] for i in order]
        starts = np.concatenate([[0], np.cumsum(self.lengths[order])])
        return EncodedSplit(np.concatenate(pieces), starts, self.full_lengths[order], self.labels[order])


def encode(
    tokenizer: PreTrainedTokenizerBase,
    texts: list[str],
    labels: list[int],
    max_length: int,
    on_progress: Callable[[int], None] | None = None,
) -> EncodedSplit:
    """Tokenize `texts`, cutting each at `max_length` tokens.

    Args:
        tokenizer: a fast tokenizer.
        texts: at least one.
        labels: label ids, as many as texts.
        max_length: in tokens, special tokens included.
        on_progress: is told how many texts are done.
    """
    ids: list[npt.NDArray[np.int32]] = []
    lengths: list[int] = []
    full_lengths: list[int] = []
    for chunk in _chunks(tokenizer, texts, truncation=True, max_length=max_length):
        for encoding in chunk:
            ids.append(np.asarray(encoding.ids, dtype=np.int32))
            lengths.append(len(encoding.ids))
            full_lengths.append(_full_length(encoding))
        if on_progress is not None:
            on_progress(len(ids))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return EncodedSplit(
        np.concatenate(ids), starts, np.asarray(full_lengths, np.int32), np.asarray(labels, np.int64)
    )


def count_tokens(tokenizer: PreTrainedTokenizerBase, texts: list[str]) -> list[int]:
    """Lengths of `texts` in tokens, special tokens included, nothing cut off."""
    return [
        len(encoding.ids)
        for chunk in _chunks(tokenizer, texts, truncation=False, verbose=False)
        for encoding in chunk
    ]


def _chunks(tokenizer: PreTrainedTokenizerBase, texts: list[str], **options: Any) -> Iterator[list[Any]]:
    """The tokenizer's encodings of `texts`, so many at a time that it works in parallel."""
    for start in range(0, len(texts), _CHUNK):
        found = tokenizer(
            texts[start : start + _CHUNK],
            return_attention_mask=False,
            return_token_type_ids=False,
            **options,
        )
        yield found.encodings or []


def _full_length(encoding: Any) -> int:
    """Length before truncation: the pieces that were cut off repeat the special tokens."""
    cut = sum(len(piece.ids) - sum(piece.special_tokens_mask) for piece in encoding.overflowing)
    return int(len(encoding.ids) + cut)


class PaddingCollator:
    """Makes padded batches of encoded texts."""

    def __init__(self, pad_id: int) -> None:
        self._pad_id = pad_id

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Stack rows into `input_ids`, `attention_mask` (batch, longest) and `labels` (batch,)."""
        lengths = [len(row["ids"]) for row in rows]
        longest = max(lengths)
        ids = np.full((len(rows), longest), self._pad_id, dtype=np.int64)
        mask = np.zeros((len(rows), longest), dtype=np.int64)
        for index, row in enumerate(rows):
            ids[index, : lengths[index]] = row["ids"]
            mask[index, : lengths[index]] = 1
        return {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(mask),
            "labels": torch.from_numpy(np.asarray([row["label"] for row in rows], dtype=np.int64)),
        }
