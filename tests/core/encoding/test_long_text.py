"""Long texts: each policy reads the part it names, and the unread parts are known."""

from itertools import chain, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_encoder import KINDS, WORDS, lengths, rows, texts, without_special_tokens

from core.encoding.encoder import Encoder
from core.encoding.words import words_of
from core.models.from_scratch.preparation import train_tokenizer
from core.problems import Problem
from core.text import text_pairs as text_pairs
from core.text.long_text import MOST_WINDOWS, LongText, gaps, readings

policies: Any = st.sampled_from(["head", "tail", "head-tail", "windows"])
# In tokens. The longest texts need more than MOST_WINDOWS windows.
too_long = st.tuples(st.integers(1, 400), st.integers(4, 40)).filter(lambda drawn: drawn[0] > drawn[1])


@pytest.fixture(scope="module", params=KINDS, ids=[make.__name__ for make in KINDS])
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return request.param()


@given(too_long)
def test_each_policy_reads_the_tokens_it_names(drawn: tuple[int, int]) -> None:
    length, limit = drawn
    head, tail = limit // 4, limit - limit // 4
    expected: dict[LongText, list[list[tuple[int, int]]]] = {
        "head": [[(0, limit)]],
        "tail": [[(length - limit, length)]],
        "head-tail": [[(0, head), (length - tail, length)]],
    }
    for policy, spans in expected.items():
        assert readings([length], limit, policy) == [spans]


@given(too_long)
def test_windows_are_full_and_overlap_from_beginning_to_end(drawn: tuple[int, int]) -> None:
    length, limit = drawn
    windows = [spans[0] for (spans,) in readings([length], limit, "windows")]
    assert {end - start for start, end in windows} == {limit}
    assert (windows[0][0], windows[-1][1]) == (0, length)
    steps = {later[0] - earlier[0] for earlier, later in pairwise(windows)}
    assert max(steps) - min(steps) <= 1
    if len(windows) < MOST_WINDOWS:
        assert max(steps) <= limit - limit // 4
        # One window fewer would not be enough.
        assert length - limit > (len(windows) - 2) * (limit - limit // 4)
    assert len(windows) <= MOST_WINDOWS


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted), max_size=6))
def test_gaps_are_the_positions_outside_all_spans(spans: list[Any]) -> None:
    left = gaps(spans, 20)
    assert sorted(set(range(20)) - set(chain(*(range(*span) for span in spans)))) == list(
        chain(*(range(*gap) for gap in left))
    )
    assert all(start < end for start, end in left)


def test_the_tail_matches_a_tokenizer_that_truncates_on_the_left(tokenizer: Any) -> None:
    @settings(max_examples=40)
    @given(texts=texts, max_length=lengths)
    def check(texts: list[str], max_length: int) -> None:
        tokenizer.truncation_side = "left"
        expected = [
            tokenizer(text, truncation=True, max_length=max_length)["input_ids"] or [tokenizer.pad_token_id]
            for text in texts
        ]
        tokenizer.truncation_side = "right"
        assert rows(Encoder(tokenizer, max_length, "tail").encode(texts)) == expected

    check()


def test_each_row_has_the_special_tokens_and_unread_tokens_are_counted(tokenizer: Any) -> None:
    @settings(max_examples=40)
    @given(texts=texts, max_length=lengths, policy=policies)
    def check(texts: list[str], max_length: int, policy: LongText) -> None:
        found = Encoder(tokenizer, max_length, policy).encode(texts)
        assert (found.firsts is not None) == (policy == "windows")
        for index, text in enumerate(texts):
            whole = tokenizer(text, return_special_tokens_mask=True)
            ids, special = whole["input_ids"], whole["special_tokens_mask"]
            parts = [found[row].tolist() for row in found.rows_of(np.array([index]))]
            if len(ids) <= max_length:
                assert parts == [ids or [tokenizer.pad_token_id]]
                assert found.unread[index] == 0
                continue
            opening, closing = special.index(0), special[::-1].index(0)
            assert {len(part) for part in parts} == {max_length}
            for part in parts:
                assert part[:opening] == ids[:opening]
                assert part[max_length - closing :] == ids[len(ids) - closing :]
            if policy != "windows":
                assert found.unread[index] == len(ids) - max_length
            elif len(parts) < MOST_WINDOWS:
                assert found.unread[index] == 0
        assert found.is_truncated.tolist() == [count > 0 for count in found.unread]
        assert found.rows.lengths.tolist() == [len(row) for row in rows(found.rows)]
        every = np.arange(len(texts))
        assert found.lengths_of(every).tolist() == found.lengths.tolist()

    check()


pairs = st.tuples(*[st.text(st.sampled_from("abc fgh .é🙂\0中|"), max_size=50)] * 2)


@pytest.mark.parametrize("side", ["right", "left"])
def test_text_pairs_match_the_segments_of_the_tokenizer(tokenizer: Any, side: str) -> None:
    # A tokenizer ignores an empty second text.
    @settings(max_examples=40)
    @given(
        pairs=st.lists(pairs.filter(lambda pair: bool(pair[1])), max_size=6), max_length=st.integers(8, 30)
    )
    def check(pairs: list[tuple[str, str]], max_length: int) -> None:
        tokenizer.truncation_side = side
        tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
        encoder = Encoder(tokenizer, max_length, "head" if side == "right" else "tail", pairs=True)
        found = encoder.encode([text_pairs.join(*pair) for pair in pairs])
        assert found.types is not None
        for index, (first, second) in enumerate(pairs):
            expected = tokenizer(
                first.replace("|||", "| | |"), second, truncation=True, max_length=max_length
            )
            ids = expected["input_ids"]
            assert found[index].tolist() == (ids or [tokenizer.pad_token_id])
            assert found.types[found.starts[index] : found.starts[index + 1]].tolist() == (
                expected["token_type_ids"] or [0]
            )
        tokenizer.truncation_side = "right"

    check()


def test_types_are_made_only_for_tokenizers_that_have_them() -> None:
    tokenizer = without_special_tokens()
    assert Encoder(tokenizer, 9, pairs=True).encode(["a ||| b"]).types is None
    tokenizer.model_input_names.append("token_type_ids")
    assert Encoder(tokenizer, 9).encode(["a"]).types is None


@given(pairs)
def test_a_text_pair_can_be_split(pair: tuple[str, str]) -> None:
    first, second = pair
    assert text_pairs.split(text_pairs.join(first, second)) == (first.replace("|||", "| | |"), second)
    assert text_pairs.split(first.replace("|", "") + "|||" + second) is not None
    assert text_pairs.split(first.replace("|", "")) is None


def test_a_single_text_for_a_model_of_text_pairs_is_an_error() -> None:
    encoder = Encoder(without_special_tokens(), 9, pairs=True)
    for ask in (lambda text: encoder.encode(["a ||| b", text]), encoder.unread):
        with pytest.raises(Problem, match="single text: 'a fine film'. Write |||".replace("|", r"\|")):
            ask("a fine film")


def numbered(count: int, letter: str) -> str:
    return " ".join(f"{letter}{number}" for number in range(count))


@given(count=st.integers(1, 90), policy=policies)
def test_unread_words_are_found_in_the_text(count: int, policy: LongText) -> None:
    encoder, text = Encoder(without_special_tokens(), 5, policy), numbered(count, "w")
    rest = text
    for start, end in reversed(encoder.unread(text)):
        rest = rest[:start] + rest[end:]
    read = set(chain(*(range(*span) for spans in readings([count], 5, policy) for span in spans[0])))
    assert rest.split() == [f"w{number}" for number in sorted(read)]
    assert count - len(read) == encoder.encode([text]).unread[0]


@given(first=st.integers(0, 20), second=st.integers(0, 20), policy=policies)
def test_unread_words_of_a_text_pair_are_found(first: int, second: int, policy: LongText) -> None:
    encoder = Encoder(without_special_tokens(), 7, policy, pairs=True)
    text = text_pairs.join(numbered(first, "a"), numbered(second, "b"))
    rest = text
    for start, end in reversed(encoder.unread(text)):
        rest = rest[:start] + rest[end:]
    assert "|||" in rest
    found = encoder.encode([text])
    kept = [part.split() for part in rest.split("|||")]
    if first + second <= 7:
        assert [len(part) for part in kept] == [first, second]
    assert len(kept[0]) + len(kept[1]) + int(found.unread[0]) == first + second
    if policy == "windows":
        # Every window has the whole shorter text beside a part of the longer one.
        assert max(map(len, kept)) == max(first, second)
        assert {len(found[row]) for row in range(len(found.starts) - 1)} == {max(1, min(7, first + second))}


def test_unread_parts_of_unusual_texts_lie_within_the_text() -> None:
    """Positions count characters, not bytes."""
    for make in KINDS:
        encoder = Encoder(make(), 6)
        text = "é🙂 café " * 4 + "fgh " * 4 + WORDS[0]
        ((start, end),) = encoder.unread(text)
        assert 0 < start < end <= len(text)


@given(pairs, st.sampled_from(["head", "tail", "head-tail"]))
def test_tokens_of_a_text_pair_are_traced_to_their_words(pair: tuple[str, str], policy: Any) -> None:
    tokenizer = without_special_tokens()
    tokenizer.model_input_names.append("token_type_ids")
    encoder = Encoder(tokenizer, 9, policy, pairs=True)
    text = text_pairs.join(*pair)
    found, expected = encoder.trace(text), encoder.encode([text])
    assert found.ids.tolist() == expected[0].tolist()
    assert found.types is not None
    assert expected.types is not None
    assert found.types.tolist() == expected.types.tolist()
    if found.words == [None]:
        return
    assert len(set(found.words)) == len(found.words)
    both = pair[0].replace("|||", "| | |").split() + pair[1].split()
    assert {text[start:end] for start, end in found.spans} <= set(both)


@given(count=st.integers(0, 90), policy=policies)
def test_each_token_that_is_read_is_traced_once_although_windows_overlap(
    count: int, policy: LongText
) -> None:
    encoder, text = Encoder(without_special_tokens(), 5, policy), numbered(count, "w")
    found, tokens = encoder.trace(text), encoder.encode([text])
    assert [found.ids[row].tolist() for row in found.rows] == rows(tokens.rows)
    rest = text
    for start, end in reversed(encoder.unread(text)):
        rest = rest[:start] + rest[end:]
    assert [text[start:end] for start, end in found.spans] == (rest.split() or [""])


def test_a_word_with_an_unread_middle_counts_as_two() -> None:
    encoder = Encoder(train_tokenizer(["ab"], 300), 8, "head-tail")
    text = "a" * 40
    words = [text[word.start : word.end] for word in words_of(text, encoder.trace(text))]
    assert (len(words), len(encoder.unread(text))) == (2, 1)
    assert sum(map(len, words)) < 40
