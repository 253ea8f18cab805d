"""Models are compared by the metric that selects; a run below a baseline is a warning."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core.evaluation.outcomes import Outcomes
from core.evaluation.pair_tests import below_baselines, comparing_metric, pair_tests

Array = npt.NDArray[Any]


def outcomes(predicted: Array, truth: Array) -> Outcomes:
    """Certain predictions."""
    is_multi_label = truth.ndim == 2
    labels = truth.shape[1] if is_multi_label else int(max(predicted.max(), truth.max())) + 1
    return Outcomes(
        labels=[f"label {number}" for number in range(labels)],
        label_ids=truth,
        probabilities=(predicted if is_multi_label else np.eye(labels)[predicted]).astype(np.float32),
        seen=np.zeros(len(truth), bool),
        fingerprint="texts",
        step=1,
        seconds=1.0,
        thresholds=[0.5] * labels if is_multi_label else None,
    )


@pytest.fixture
def sets() -> dict[str, Outcomes]:
    """A run that finds most labels but adds others, and the most frequent label set."""
    random = np.random.default_rng(1)
    truth = random.random((600, 8)) < 0.04
    truth[:, 0] = random.random(600) < 0.7
    found = truth | (random.random(truth.shape) < 0.12)
    most = np.zeros_like(truth)
    most[:, 0] = True
    return {"run": outcomes(found, truth), "majority": outcomes(most, truth)}


def test_label_sets_are_compared_by_the_metric_that_selects(sets: dict[str, Outcomes]) -> None:
    (exact,) = pair_tests(sets, "accuracy")
    assert exact.only_second > exact.only_first
    assert (exact.low, exact.high) == (None, None)
    (macro,) = pair_tests(sets, "macro_f1")
    assert macro.is_clear
    assert macro.difference is not None
    assert macro.low is not None
    assert 0.2 < macro.low < macro.difference
    assert (macro.only_first, macro.only_second) == (exact.only_first, exact.only_second)
    assert below_baselines([macro], sets, "macro_f1") == []
    (sentence,) = below_baselines([exact], sets, "accuracy")
    assert sentence.startswith("run is below the most frequent label: exact match 0.")
    assert " on test, p < 0.001. " in sentence


def test_single_labels_are_compared_by_accuracy_with_mcnemar_and_by_macro_f1_with_a_bootstrap() -> None:
    random = np.random.default_rng(2)
    truth = (random.random(500) < 0.1).astype(int)
    careful = np.where((truth == 1) & (random.random(500) < 0.6), 1, 0)
    careful[random.random(500) < 0.03] = 1
    found = {"run": outcomes(careful, truth), "tfidf": outcomes(np.append(1, np.zeros(499, int)), truth)}
    (by_accuracy,), (by_f1,) = (pair_tests(found, metric) for metric in ("accuracy", "macro_f1"))
    assert by_accuracy.low is None
    assert by_f1.low is not None
    assert by_f1.low > 0.1


def test_baselines_are_not_compared_with_each_other(sets: dict[str, Outcomes]) -> None:
    every = {
        "one": sets["run"],
        "other": sets["run"],
        "majority": sets["majority"],
        "tfidf": sets["majority"],
    }
    pairs = [(test.first, test.second) for test in pair_tests(every, "micro_f1")]
    assert pairs == [
        ("one", "other"),
        ("one", "majority"),
        ("one", "tfidf"),
        ("other", "majority"),
        ("other", "tfidf"),
    ]


def test_a_difference_within_chance_is_no_warning() -> None:
    truth = np.arange(30) % 2
    found = {
        "run": outcomes(np.where(np.arange(30) < 2, 1 - truth, truth), truth),
        "tfidf": outcomes(truth, truth),
    }
    tests = pair_tests(found, "accuracy")
    assert tests[0].difference == pytest.approx(-2 / 30)
    assert below_baselines(tests, found, "accuracy") == []


def test_runs_that_the_loss_selects_are_compared_by_a_score() -> None:
    assert comparing_metric("loss", is_multi_label=False) == "accuracy"
    assert comparing_metric("loss", is_multi_label=True) == "macro_f1"
    assert comparing_metric("micro_f1", is_multi_label=True) == "micro_f1"
