"""The encoder returns the token ids of the tokenizer, and counts what it cuts."""

from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizerFast, PreTrainedTokenizerFast

from core.encoding.encoder import Encoder
from core.encoding.tokens import Tokens, of_rows

WORDS = ["a fine film, and the best of them", "nobody knows why it is so long", "é🙂 café"]
texts = st.lists(st.text(st.sampled_from("abcde fghi .,!é🙂\n\0中[SEP]</s>"), max_size=60), max_size=12)
lengths = st.integers(4, 30)


def bert_like() -> Any:
    """[CLS] words [SEP], of word pieces."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.train_from_iterator(
        WORDS, trainers.WordPieceTrainer(vocab_size=80, special_tokens=special, show_progress=False)
    )
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return BertTokenizerFast(tokenizer_object=made)


def roberta_like() -> Any:
    """<s> bytes </s>."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.train_from_iterator(
        WORDS,
        trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=["<s>", "<pad>", "</s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="</s>")


def without_special_tokens() -> Any:
    """Words without special tokens."""
    made = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.train_from_iterator(
        WORDS, trainers.WordLevelTrainer(special_tokens=["[UNK]", "[PAD]"], show_progress=False)
    )
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="[PAD]", unk_token="[UNK]")


def of_few_letters() -> Any:
    """Drops unknown characters, among them the letter a."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.train_from_iterator(
        ["fgh", "hgf"], trainers.BpeTrainer(special_tokens=["<s>", "</s>"], show_progress=False)
    )
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s> </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="</s>")


KINDS = [bert_like, roberta_like, without_special_tokens, of_few_letters]


@pytest.fixture(scope="module", params=KINDS, ids=[make.__name__ for make in KINDS])
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return request.param()


def rows(tokens: Tokens) -> list[list[int]]:
    return [tokens[index].tolist() for index in range(len(tokens))]


def expected_rows(tokenizer: Any, texts: list[str], max_length: int | None) -> list[list[int]]:
    """The output of the tokenizer for each text. A text without tokens has one padding token."""
    cut = {} if max_length is None else {"truncation": True, "max_length": max_length}
    return [tokenizer(text, **cut)["input_ids"] or [tokenizer.pad_token_id] for text in texts]


def test_ids_and_lengths_match_the_tokenizer(tokenizer: Any) -> None:
    @given(texts=texts, max_length=lengths)
    def check(texts: list[str], max_length: int) -> None:
        found = Encoder(tokenizer, max_length).encode(texts)
        whole = [len(row) for row in expected_rows(tokenizer, texts, None)]
        assert rows(found) == expected_rows(tokenizer, texts, max_length)
        assert found.full_lengths.tolist() == whole
        assert found.lengths.tolist() == [min(length, max_length) for length in whole]
        assert found.is_truncated.tolist() == [length > max_length for length in whole]

    check()


@pytest.mark.parametrize("times", [1, 30, 5000])
@pytest.mark.parametrize("part", ["", " \n", "\0", "\0a\0film", "🙂", "e\u0301", "a fine film "])
def test_unusual_texts_match_the_tokenizer(tokenizer: Any, part: str, times: int) -> None:
    text = part * times
    for max_length in (5, 512, None):
        found = Encoder(tokenizer, max_length).encode([text])
        assert rows(found) == expected_rows(tokenizer, [text], max_length)
    assert found.full_lengths.tolist() == found.lengths.tolist()
    assert found.lengths.min() > 0


@given(texts=texts, max_length=lengths)
def test_a_tokenizer_that_truncates_on_the_left(texts: list[str], max_length: int) -> None:
    found = Encoder(CUTS_LEFT, max_length, "tail").encode(texts)
    assert rows(found) == expected_rows(CUTS_LEFT, texts, max_length)


CUTS_LEFT = bert_like()
CUTS_LEFT.truncation_side = "left"


def test_the_settings_of_the_tokenizer_are_kept(tokenizer: Any) -> None:
    """Truncation and padding settings are kept, and do not affect the encoder."""
    backend = tokenizer.backend_tokenizer
    before = backend.to_str()
    try:
        backend.enable_truncation(7)
        backend.enable_padding(length=9)
        state = backend.to_str()
        found = Encoder(tokenizer, 5).encode(["f fgh film " * 20, "h"])
        assert found.full_lengths[0] > 7
        assert found.lengths[1] < 5
        assert backend.to_str() == state
    finally:
        backend.no_truncation()
        backend.no_padding()
    assert backend.to_str() == before


def test_chunks_give_the_same_ids_as_one_call(tokenizer: Any) -> None:
    @given(chunks=st.lists(texts, max_size=4))
    def check(chunks: list[list[str]]) -> None:
        encoder = Encoder(tokenizer, 9)
        parts = list(encoder.encode_chunks(chunks))
        assert [len(part) for part in parts] == [len(chunk) for chunk in chunks]
        whole = encoder.encode(list(chain(*chunks)))
        rows = [part[index] for part in parts for index in range(len(part))]
        together = of_rows(rows)
        for name in ("ids", "starts"):
            one, other = getattr(together, name), getattr(whole, name)
            assert (one.dtype, one.tolist()) == (other.dtype, other.tolist())
        assert {part.full_lengths.dtype for part in parts} <= {whole.full_lengths.dtype}
        assert list(chain(*(part.full_lengths.tolist() for part in parts))) == whole.full_lengths.tolist()

    check()


@given(rows=st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=8), max_size=8))
def test_rows_of_ids_are_accepted(rows: list[list[int]]) -> None:
    made = of_rows([np.array(row, np.int32) for row in rows])
    assert len(made) == len(rows)
    assert [made[index].tolist() for index in range(len(made))] == rows
    assert made.lengths.tolist() == made.full_lengths.tolist() == [len(row) for row in rows]
    assert not made.is_truncated.any()
    assert (made.ids.dtype, made.lengths.dtype, made.full_lengths.dtype) == (np.int32,) * 3
