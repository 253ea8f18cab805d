"""Warnings where a run is clearly below a baseline that was computed before."""

from core.data.splits import fingerprint_of
from core.evaluation.baselines import read_baseline
from core.evaluation.outcomes import Outcomes
from core.evaluation.pair_tests import below_baselines, comparing_metric, pair_tests
from core.files.cache import cache_folder
from core.protocol import BASELINES
from core.runs.plan import Plan


def below_known_baselines(run: str, plan: Plan, outcomes: Outcomes) -> list[str]:
    """A sentence for each baseline that the run is clearly below on its test split.

    Only baselines in the cache are compared, which a comparison made of the same data: computing them here
    would take up to minutes.

    Args:
        run: its name.
        plan: of the run.
        outcomes: its predictions on the test split.
    """
    metric = comparing_metric(plan.metric, is_multi_label=plan.is_multi_label)
    data = fingerprint_of(plan.labels, {split.name: split.fingerprint for split in plan.splits})
    read = (read_baseline(name, data, cache_folder("floors"), metric) for name in BASELINES)
    known = {each.name: each.outcomes for each in read if each is not None}
    if not known:
        return []
    every = {run: outcomes, **known}
    return below_baselines(pair_tests(every, metric), every, metric)
