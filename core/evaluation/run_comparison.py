"""Compare runs: read their results and test data, add the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.config import build_config, read_config
from core.data.columns.columns import as_planned
from core.data.splits import DataSplits, Split, load_splits
from core.evaluation.baselines import make_baseline
from core.evaluation.comparison import compare
from core.evaluation.display_names import names_of
from core.evaluation.entrants import Entrant, check_trained_on, same_test, tested_split
from core.evaluation.pair_tests import comparing_metric
from core.files.cache import cache_folder
from core.problems import Problem
from core.protocol import BASELINES, Comparison, OnProgress
from core.runs.directory import RunDirectory
from core.runs.history import read_outline


def compare_runs(
    runs: Sequence[RunDirectory],
    on_progress: OnProgress,
    *,
    groups: Sequence[str] | None = None,
    baselines: bool = True,
    remarks: Sequence[str] = (),
) -> Comparison:
    """Compare runs that were tested on the same texts.

    If the test data are gone or have changed, several runs are still compared by the predictions that they
    kept, without baselines and texts; if only the training data have changed, without baselines. Of three
    runs or more, those that were not tested on the texts of the first are named and skipped.

    Args:
        runs: different runs.
        on_progress: receives the progress.
        groups: a name for each run; runs of one name differ only in their seed.
        baselines: whether to add the baselines.
        remarks: repeated in the comparison.

    Raises:
        Problem: a run was not tested, the runs were tested on different texts, or one run would be compared
            with nothing.
    """
    if len(runs) == 1 and not baselines:
        raise Problem("one run alone cannot be compared", mend="Name another run, or keep the baselines.")
    names = names_of([run.path for run in runs])
    tested, untested = _entrants(runs, names, groups or names)
    entrants, others = same_test(tested)
    remarks = [*remarks, *untested, *others]
    first = entrants[0]
    metric = comparing_metric(first.metric, is_multi_label=first.outcomes.thresholds is not None)
    config = build_config(read_config(RunDirectory(Path(first.path)).config))
    on_progress("reading data")
    split: Split | None = None
    missing = ""
    try:
        data = as_planned(config.data, read_outline(runs[0]).plan)
        splits = load_splits(data, seed=config.split_seed)
        split = tested_split(splits, entrants[0])
        if baselines:
            check_trained_on(splits, entrants[0])
            entrants += _make_baselines(splits, metric, on_progress)
    except Problem as problem:
        if len(entrants) == 1:
            raise
        missing = str(problem)
    on_progress("comparing")
    return compare(entrants, split, missing, remarks, metric)


def _entrants(
    runs: Sequence[RunDirectory], names: Sequence[str], groups: Sequence[str]
) -> tuple[list[Entrant], list[str]]:
    """The runs that were tested, and why the others cannot be compared.

    Raises:
        Problem: fewer than two of several runs were tested.
    """
    entrants, problems = [], []
    for run, name, group in zip(runs, names, groups, strict=True):
        try:
            entrants.append(Entrant.of_run(run, name, group))
        except Problem as problem:
            problems.append(problem)
    if problems and len(entrants) < 2:
        raise problems[0]
    return entrants, [f"not compared: {problem}" for problem in problems]


def _make_baselines(splits: DataSplits, metric: str, on_progress: OnProgress) -> list[Entrant]:
    found = []
    for name in BASELINES:
        on_progress(f"computing the baseline {name}")
        found.append(Entrant.of_baseline(make_baseline(name, splits, cache_folder("floors"), metric)))
    return found
