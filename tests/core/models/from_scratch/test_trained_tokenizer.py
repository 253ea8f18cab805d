"""Tokenizers trained on texts."""

import csv
import hashlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models.from_scratch.preparation import train_tokenizer, vocabulary_size
from core.runs.start import SAMPLE_DATA

PROGRAM = """
import hashlib, sys
from core.models.from_scratch.preparation import train_tokenizer
tokenizer = train_tokenizer(sys.stdin.read().split("\\n"), 2000)
print(hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest())
"""
with (SAMPLE_DATA / "reviews_train.csv").open(encoding="utf-8", newline="") as stream:
    TEXTS = [row["text"] for row in csv.DictReader(stream)]
TOKENIZER = train_tokenizer(TEXTS, 2000)


def test_every_process_trains_the_same_tokenizer() -> None:
    found = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM],
        input="\n".join(TEXTS),
        capture_output=True,
        text=True,
        check=True,
    )
    here = hashlib.sha256(TOKENIZER.backend_tokenizer.to_str().encode()).hexdigest()
    assert found.stdout.strip() == here


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_can_be_encoded_and_decoded(text: str) -> None:
    ids = TOKENIZER(text)["input_ids"]
    assert TOKENIZER.pad_token_id not in ids
    # NFKC, lower case, and a space before the first word.
    normal = TOKENIZER.backend_tokenizer.normalizer.normalize_str(text)
    assert TOKENIZER.decode(ids, clean_up_tokenization_spaces=False).strip() == normal.strip()


def test_a_text_pair_has_a_separator() -> None:
    ids = TOKENIZER("a fine film", "a sad one")["input_ids"]
    assert ids.count(TOKENIZER.sep_token_id) == 1


@pytest.mark.parametrize("size", [300, 1000])
def test_the_vocabulary_has_the_requested_size(size: int) -> None:
    assert len(train_tokenizer(TEXTS, size)) == size


@pytest.mark.parametrize(
    ("characters", "size"), [(0, 500), (10_000, 500), (100_000, 1100), (1_000_000, 3400), (10**8, 16_000)]
)
def test_the_default_vocabulary_grows_with_the_square_root_of_the_text(characters: int, size: int) -> None:
    assert vocabulary_size(["x" * 1000] * (characters // 1000)) == size
