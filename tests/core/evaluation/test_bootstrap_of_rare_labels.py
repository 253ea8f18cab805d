"""Intervals and differences of F1 with labels that some samples lack."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.bootstrap import Bootstrap, macro_f1_interval, weighted_f1_interval
from core.evaluation.metrics import score

Array = npt.NDArray[Any]


def ninety_labels(seed: int, texts: int = 800) -> tuple[Array, Array]:
    """Predictions and truth with many labels of a handful of texts, which are often wrong."""
    random = np.random.default_rng(seed)
    shares = 1 / np.arange(1, 91) ** 1.2
    truth = random.choice(90, texts, p=shares / shares.sum())
    is_known = random.random(texts) < 0.95 - truth / 100
    return np.where(is_known, truth, random.choice(90, texts, p=shares / shares.sum())), truth


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_with_ninety_labels_is_not_shifted_upwards(seed: int) -> None:
    predicted, truth = ninety_labels(seed)
    found = score(predicted, truth).macro_f1
    low, high = macro_f1_interval(predicted, truth)
    assert low < found < high
    # Samples that leave out the labels they lack have higher scores: most of their interval is above.
    assert found - low > 0.25 * (high - low)
    as_flags = np.arange(90) == truth[:, None]
    sets = macro_f1_interval(np.arange(90) == predicted[:, None], as_flags)
    np.testing.assert_allclose(sets, (low, high), atol=0.01)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=25))
def test_intervals_contain_the_score(rows: list[tuple[int, int]]) -> None:
    predicted, truth = np.array(rows).T
    for interval in (macro_f1_interval, weighted_f1_interval):
        low, high = interval(predicted, truth)
        assert 0 <= low <= high <= 1
    low, high = macro_f1_interval(predicted, truth)
    assert low <= score(predicted, truth).macro_f1 + 1e-12
    assert score(predicted, truth).macro_f1 <= high + 1e-12


def test_all_labels_right_once_each_is_certain() -> None:
    every = np.arange(40)
    assert macro_f1_interval(every, every) == (1.0, 1.0)


def test_a_difference_is_that_of_the_scores_and_has_a_sign() -> None:
    predicted, truth = ninety_labels(1)
    worse = np.where(np.arange(len(truth)) % 3, predicted, 0)
    both = Bootstrap([predicted, worse], truth, "macro_f1")
    found = both.difference(0, 1)
    assert found.value == pytest.approx(score(predicted, truth).macro_f1 - score(worse, truth).macro_f1)
    assert 0 < found.low < found.value < found.high
    assert found.p_value < 0.01
    back = both.difference(1, 0)
    assert (back.value, back.p_value) == (pytest.approx(-found.value), pytest.approx(found.p_value, abs=1e-3))


def test_equal_predictions_do_not_differ() -> None:
    predicted, truth = ninety_labels(2)
    found = Bootstrap([predicted, predicted.copy()], truth, "macro_f1").difference(0, 1)
    assert (found.value, found.low, found.high, found.p_value) == (0, 0, 0, 1)


def test_the_difference_of_accuracies_agrees_with_resampling() -> None:
    random = np.random.default_rng(4)
    truth = random.integers(3, size=300)
    first, second = (np.where(random.random(300) < share, truth, 0) for share in (0.7, 0.6))
    found = Bootstrap([first, second], truth, "accuracy").difference(0, 1)
    gains = (first == truth).astype(int) - (second == truth)
    means = [gains[random.integers(300, size=300)].mean() for _ in range(2000)]
    np.testing.assert_allclose((found.low, found.high), np.percentile(means, [2.5, 97.5]), atol=0.012)


def test_one_text_of_each_label_makes_no_certain_difference() -> None:
    """Of twenty labels with one text, one classifier gets 13 right, another 9: by chance, perhaps."""
    truth = np.concatenate([np.zeros(60, int), np.arange(1, 21)])
    first, second = truth.copy(), truth.copy()
    first[-7:], second[-20:-9] = 0, 0
    found = Bootstrap([first, second], truth, "macro_f1").difference(0, 1)
    assert found.value > 0.15
    assert found.low < 0 < found.high
    assert found.p_value > 0.05
    low, high = macro_f1_interval(first, truth)
    assert high - low > 0.3


def test_a_sample_without_the_labels_of_a_classifier_is_not_a_score_of_zero() -> None:
    truth = np.array([0, 0])
    others = np.array([[1, 2], [3, 4], [5, 6]])
    assert Bootstrap([truth, *others], truth, "macro_f1").interval(0) == (1.0, 1.0)
