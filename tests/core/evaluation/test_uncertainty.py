"""Confidence intervals and tests, against other implementations and definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from core.evaluation.bootstrap import macro_f1_interval, weighted_f1_interval
from core.evaluation.metrics import mcnemar

INTERVALS = {"macro": macro_f1_interval, "weighted": weighted_f1_interval}


@pytest.mark.parametrize("average", INTERVALS)
def test_the_bootstrap_of_f1_matches_resampling_of_texts(average: str) -> None:
    random = np.random.default_rng(1)
    labels = random.integers(3, size=400)
    predicted = np.where(random.random(400) < 0.7, labels, random.integers(3, size=400))
    scores = []
    for _ in range(2000):
        rows = random.integers(400, size=400)
        scores.append(f1_score(labels[rows], predicted[rows], average=average, zero_division=0.0))
    expected = np.percentile(scores, [2.5, 97.5])
    np.testing.assert_allclose(INTERVALS[average](predicted, labels), expected, atol=0.012)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_the_interval_is_ordered_and_reproducible(rows: list[tuple[int, int]]) -> None:
    predicted, labels = np.array(rows).T
    low, high = macro_f1_interval(predicted, labels)
    assert 0.0 <= low <= high <= 1.0
    assert macro_f1_interval(predicted, labels) == (low, high)
    if (predicted == labels).all():
        assert (low, high) == (1.0, 1.0)


def test_the_interval_without_texts_is_zero_to_one() -> None:
    nothing = np.zeros(0, np.int32)
    assert macro_f1_interval(nothing, nothing) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("only_first", "only_second", "expected"),
    # Twice the tail of a binomial distribution with p = 0.5.
    [(0, 0, 1.0), (5, 5, 1.0), (1, 9, 22 / 1024), (9, 1, 22 / 1024), (0, 6, 2 / 64)],
)
def test_mcnemar_matches_values_by_hand(only_first: int, only_second: int, expected: float) -> None:
    both = 7
    first = np.array([True] * (both + only_first) + [False] * only_second)
    second = np.array([True] * both + [False] * only_first + [True] * only_second)
    assert mcnemar(first, second) == pytest.approx(expected)
