"""Tests of two classifiers on the same texts, and the warnings where a run is below a baseline."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from core.evaluation.bootstrap import Bootstrap
from core.evaluation.metrics import mcnemar, value_of
from core.evaluation.outcomes import Outcomes
from core.protocol import BASELINES, PairTest
from core.text import format

BASELINE_NAMES = {"majority": "the most frequent label", "tfidf": "TF-IDF with logistic regression"}


def comparing_metric(selecting: str, *, is_multi_label: bool) -> str:
    """The metric to compare by: the one that selects checkpoints. The loss is no score of decisions."""
    default = "macro_f1" if is_multi_label else "accuracy"
    return selecting if selecting in ("accuracy", "macro_f1", "micro_f1") else default


def pair_tests(outcomes: Mapping[str, Outcomes], metric: str) -> list[PairTest]:
    """Test each two of the named predictions on the same texts; baselines are not compared with each other.

    By accuracy, or exact match: McNemar's test. By macro or micro F1: a paired bootstrap.
    """
    found = list(outcomes.values())
    predictions, truth = [each.predicted for each in found], found[0].label_ids
    right = [each.is_right for each in found]
    values = [value_of(metric, each, truth) for each in predictions]
    is_bootstrapped = metric in ("macro_f1", "micro_f1")
    bootstrap = Bootstrap(predictions, truth, metric) if is_bootstrapped else None  # type: ignore[arg-type]
    tests = []
    for (one, first), (other, second) in combinations(enumerate(outcomes), 2):
        if first in BASELINES:
            continue
        difference = None if bootstrap is None else bootstrap.difference(one, other)
        tests.append(
            PairTest(
                first=first,
                second=second,
                only_first=int(np.count_nonzero(right[one] & ~right[other])),
                only_second=int(np.count_nonzero(right[other] & ~right[one])),
                p_value=mcnemar(right[one], right[other]) if difference is None else difference.p_value,
                difference=values[one] - values[other],
                low=difference.low if difference else None,
                high=difference.high if difference else None,
            )
        )
    return tests


def below_baselines(tests: Sequence[PairTest], outcomes: Mapping[str, Outcomes], metric: str) -> list[str]:
    """A sentence for each run and baseline whose test says clearly that the run is worse."""
    sentences = []
    for test in tests:
        if test.second not in BASELINES or not test.is_clear or (test.difference or 0.0) >= 0:
            continue
        first, second = outcomes[test.first], outcomes[test.second]
        run, baseline = (value_of(metric, each.predicted, each.label_ids) for each in (first, second))
        name = format.metric(metric, is_multi_label=first.thresholds is not None)
        sentences.append(
            f"{test.first} is below {BASELINE_NAMES[test.second]}: {name} {format.score(run)} against "
            f"{format.score(baseline)} on test, {format.p_value(test.p_value)}. "
            "Train it longer, or with a higher learning rate, or use the simpler model."
        )
    return sentences
