"""Features of the TF-IDF baseline."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from core.evaluation.ngrams import features_for, lack_spaces, ngrams

TEXTS = st.lists(st.text(st.sampled_from("ab é,🙂\t"), max_size=30), min_size=1, max_size=5)


@settings(max_examples=60)
@given(TEXTS)
def test_ngrams_of_words_are_those_of_char_wb(texts: list[str]) -> None:
    expected = CountVectorizer(analyzer="char_wb", ngram_range=(2, 5)).build_analyzer()
    for text in texts:
        found = [part for word in text.lower().split() for part in ngrams(word)]
        assert sorted(found) == sorted(expected(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("大盘跌了 3%", True),
        ("この映画は好きです", True),
        ("ภาพยนตร์เรื่องนี้ดี", True),
        ("이 영화는 좋다", False),
        ("a film with 大盘 in it", False),
        ("1234 !!", False),
        ("", False),
    ],
)
def test_scripts_without_spaces_are_known_by_their_letters(text: str, expected: bool) -> None:
    assert lack_spaces([text]) == expected


def test_unknown_words_share_features_with_known_ones() -> None:
    features = features_for(["wonderful days", "terrible nights"] * 2, 1000)
    features.fit_transform(["wonderful days", "terrible nights"] * 2)
    found = features.transform(["wonder", "", "qqq"])
    assert found.dtype == np.float32
    assert (found.getnnz(1) > 0).tolist() == [True, False, False]


def test_the_number_of_features_is_limited() -> None:
    texts = [f"word{number} again" for number in range(50)] * 2
    assert features_for(texts, 20).fit_transform(texts).shape == (100, 40)
