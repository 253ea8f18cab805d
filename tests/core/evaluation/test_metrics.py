"""Figures of predictions, against values computed by hand or published."""

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
def test_wilson_interval_against_published_values(right: int, count: int, low: float, high: float) -> None:
    assert wilson_interval(right / count, count) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_of_nothing_is_everything() -> None:
    assert wilson_interval(0.0, 0) == (0.0, 1.0)


@given(count=st.integers(1, 10**6), share=st.floats(0, 1))
def test_wilson_interval_contains_the_share(count: int, share: float) -> None:
    low, high = wilson_interval(share, count)
    assert 0.0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1.0


def test_accuracy_and_macro_f1_by_hand() -> None:
    """Label 0: precision 1/2, recall 1/2. Label 1: 2/3 and 1. Label 2: 1 and 1/2."""
    labels = np.array([0, 0, 1, 1, 2, 2])
    predicted = np.array([0, 1, 1, 1, 2, 0])
    scores = score(predicted, labels)
    assert scores.accuracy == pytest.approx(4 / 6)
    assert scores.macro_f1 == pytest.approx((1 / 2 + 4 / 5 + 2 / 3) / 3)
    assert (scores.accuracy_low, scores.accuracy_high) == wilson_interval(4 / 6, 6)


def test_a_label_that_is_never_predicted_counts_as_zero() -> None:
    assert score(np.array([0, 0]), np.array([0, 1])).macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_all_right_and_all_wrong() -> None:
    assert (
        score(np.array([0, 1]), np.array([0, 1])).accuracy,
        score(np.array([1]), np.array([0])).accuracy,
    ) == (1, 0)


@pytest.mark.parametrize("count", [1, 7, 692, 2000])
def test_the_interval_of_none_and_of_all_ends_there(count: int) -> None:
    assert wilson_interval(0.0, count)[0] == 0.0
    assert wilson_interval(1.0, count)[1] == 1.0
