"""Words: tokens joined and mapped to characters."""

from itertools import chain, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from core.encoding.encoder import Encoder
from core.encoding.words import words_of
from core.models.from_scratch.preparation import train_tokenizer

# Letters of several scripts, ligatures and fractions that NFKC splits, emoji of several bytes, spaces.
ANY = st.text(st.sampled_from("aBeéß ßﬁ½Ⅷ日本🙂👩‍🔬.,!?'-\t\n 　́\x00"), max_size=24)
WORDS = st.text(st.sampled_from("abcé½日🙂.,' "), max_size=24)


@pytest.fixture(scope="module")
def bpe() -> Encoder:
    return Encoder(train_tokenizer(["a bc abc cab", "the cab. the abc!"] * 5, 400), 64)


@pytest.fixture(scope="module")
def pieces(tiny_model: Path) -> Encoder:
    return Encoder(AutoTokenizer.from_pretrained(tiny_model), 16)


def check(text: str, encoder: Encoder) -> None:
    traced = encoder.trace(text)
    assert traced.ids.tolist() == encoder.encode([text])[0].tolist()
    words = words_of(text, traced)
    for word in words:
        assert text[word.start : word.end] == text[word.start : word.end].strip()
    for first, second in pairwise(words):
        assert first.end <= second.start
        assert first.start < first.end
    own = [token for token, number in enumerate(traced.words) if number is not None]
    assert list(chain.from_iterable(word.tokens for word in words)) == own


@given(ANY)
def test_words_do_not_overlap_and_cover_every_token(bpe: Encoder, pieces: Encoder, text: str) -> None:
    check(text, bpe)
    check(text, pieces)


@given(WORDS)
def test_without_unknown_characters_only_spaces_are_between_words(bpe: Encoder, text: str) -> None:
    rest = list(text)
    for word in words_of(text, bpe.trace(text)):
        rest[word.start : word.end] = " " * (word.end - word.start)
    assert "".join(rest).strip() == ""


def test_word_pieces_are_joined_into_one_word(pieces: Encoder) -> None:
    text = "Unfathomably good,  isn't it?"
    words = words_of(text, pieces.trace(text))
    shown = [text[word.start : word.end] for word in words]
    assert shown[:3] == ["Unfathomably", "good", ","]
    assert len(words[0].tokens) > 1


def test_truncated_text_has_no_words(pieces: Encoder) -> None:
    text = "one " * 40
    words = words_of(text, pieces.trace(text))
    assert (len(words), words[-1].end) == (14, 14 * 4 - 1)
