"""Texts to token ids: the tokenizer's own, with nothing lost but what is cut and counted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.encoding import EncodedSplit, PaddingCollator, count_tokens, encode

MAX_LENGTH = 12
texts = st.lists(st.text(st.sampled_from("abcde fghi .,! é🙂\n"), max_size=60), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_model)


def rows(split: EncodedSplit) -> list[tuple[list[int], int]]:
    return [(split[index]["ids"].tolist(), int(split[index]["label"])) for index in range(len(split))]


def test_ids_lengths_and_truncation_are_the_tokenizers(tokenizer: Any) -> None:
    @given(texts=texts)
    def check(texts: list[str]) -> None:
        labels = list(range(len(texts)))
        split = encode(tokenizer, texts, labels, MAX_LENGTH)
        whole = tokenizer(texts)["input_ids"]
        cut = tokenizer(texts, truncation=True, max_length=MAX_LENGTH)["input_ids"]
        assert rows(split) == list(zip(cut, labels, strict=True))
        assert split.full_lengths.tolist() == [len(ids) for ids in whole] == count_tokens(tokenizer, texts)
        assert split.lengths.tolist() == [len(ids) for ids in cut]
        assert split.truncated == sum(len(ids) > MAX_LENGTH for ids in whole)

    check()


def test_by_length_keeps_texts_and_labels_together(tokenizer: Any) -> None:
    @given(texts=texts)
    def check(texts: list[str]) -> None:
        split = encode(tokenizer, texts, list(range(len(texts))), MAX_LENGTH)
        ordered = split.by_length()
        assert sorted(rows(ordered)) == sorted(rows(split))
        assert sorted(ordered.lengths, reverse=True) == ordered.lengths.tolist()
        assert ordered.full_lengths.tolist() == split.full_lengths[ordered.labels].tolist()
        assert ordered.truncated == split.truncated

    check()


def test_many_texts_and_a_very_long_one(tokenizer: Any) -> None:
    """More texts than are tokenized at once; a text that is cut into many pieces."""
    given = [f"film number {index}" for index in range(1500)] + ["a fine film " * 2000, ""]
    told: list[int] = []
    split = encode(tokenizer, given, [0] * len(given), MAX_LENGTH, told.append)
    assert len(split) == len(given)
    assert told[-1] == len(given)
    assert told == sorted(told)
    assert split.full_lengths.tolist() == count_tokens(tokenizer, given)
    assert split.truncated == 1
    assert split.lengths[-1] == 2
    assert split[700]["ids"].tolist() == tokenizer("film number 700")["input_ids"]


def row(length: int, label: int) -> dict[str, Any]:
    return {"ids": np.arange(1, length + 1, dtype=np.int32), "label": np.int64(label)}


def test_the_collator_pads() -> None:
    batch = PaddingCollator(pad_id=9)([row(3, 1), row(5, 0)])
    assert batch["input_ids"].tolist() == [[1, 2, 3, 9, 9], [1, 2, 3, 4, 5]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert batch["labels"].tolist() == [1, 0]


@given(lengths=st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_every_token_is_in_the_batch(lengths: list[int]) -> None:
    batch = PaddingCollator(0)([row(length, 0) for length in lengths])
    assert batch["attention_mask"].sum(dim=1).tolist() == lengths
    assert batch["input_ids"].shape == (len(lengths), max(lengths))
    assert int(batch["input_ids"].sum()) == sum(length * (length + 1) // 2 for length in lengths)
