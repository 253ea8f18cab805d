"""Metrics, against published values or values computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.metrics import score, wilson_interval


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0000),
    ],
)
def test_the_wilson_interval_matches_published_values(
    right: int, count: int, low: float, high: float
) -> None:
    assert wilson_interval(right / count, count) == pytest.approx((low, high), abs=5e-5)


def test_the_wilson_interval_without_texts_is_zero_to_one() -> None:
    assert wilson_interval(0.0, 0) == (0.0, 1.0)


@given(count=st.integers(1, 10**6), share=st.floats(0, 1))
def test_the_wilson_interval_contains_the_share(count: int, share: float) -> None:
    low, high = wilson_interval(share, count)
    assert 0.0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1.0


def test_accuracy_and_macro_f1_match_values_by_hand() -> None:
    """Label 0: precision 1/2, recall 1/2. Label 1: 2/3 and 1. Label 2: 1 and 1/2."""
    labels = np.array([0, 0, 1, 1, 2, 2])
    predicted = np.array([0, 1, 1, 1, 2, 0])
    scores = score(predicted, labels)
    assert scores.accuracy == pytest.approx(4 / 6)
    assert scores.macro_f1 == pytest.approx((1 / 2 + 4 / 5 + 2 / 3) / 3)
    assert (scores.accuracy_low, scores.accuracy_high) == wilson_interval(4 / 6, 6)


def test_a_label_that_is_never_predicted_has_an_f1_of_zero() -> None:
    assert score(np.array([0, 0]), np.array([0, 1])).macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_scores_when_all_predictions_are_right_or_wrong() -> None:
    assert (
        score(np.array([0, 1]), np.array([0, 1])).accuracy,
        score(np.array([1]), np.array([0])).accuracy,
    ) == (1, 0)


@pytest.mark.parametrize("count", [1, 7, 692, 2000])
def test_the_interval_of_none_or_all_right_ends_at_zero_or_one(count: int) -> None:
    assert wilson_interval(0.0, count)[0] == 0.0
    assert wilson_interval(1.0, count)[1] == 1.0
