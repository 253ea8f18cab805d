"""Questions about how good models are. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.caching import cache_folder
from core.config import build_config, read_config
from core.data.splits import load_labelled, load_splits
from core.methods.memory import Memory, Progress, data_config, plan_of, trained_columns
from core.prediction.source import find_source
from core.problems import Problem
from core.protocol import Comparison, EvaluationReport
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory


def evaluate(
    memory: Memory, run: str, data: dict[str, Any], which: Which, on_progress: Progress, device: str = "auto"
) -> EvaluationReport:
    """Compare the best or last checkpoint with labelled data. `data` is a DataConfig as a dict.

    Columns that it does not name are those that the run was trained with, where the data has them.
    """
    find_source(RunDirectory.open(Path(run)), which)
    plan = plan_of(run)
    on_progress("reading data")
    # A run whose plan is lost knows its labels by its weights only.
    labels = plan.labels if plan else memory.predictor(run, which, device, on_progress).labels
    split = load_labelled(data_config(data), labels, trained_columns(plan))
    predictor = memory.predictor(run, which, device, on_progress)
    from core.evaluation.report import evaluate

    return evaluate(predictor, split, lambda done, total: on_progress("classifying", done, total))


def compare(
    memory: Memory,
    runs: list[str],
    on_progress: Progress,
    groups: list[str] | None = None,
    floors: bool = True,
) -> Comparison:
    """Runs that were tested on the same texts side by side, with two `floors` below them.

    `groups` has a name for each run: runs of one name differ by their seed only.
    """
    from core.evaluation.comparison import Entrant, check_same_test, compare, names_of
    from core.evaluation.floors import FLOORS, make_floor

    on_progress("reading the runs")
    named = dict(zip(runs, groups or runs, strict=True))
    directories = [RunDirectory.open(Path(run)) for run in named]
    names = names_of(directories)
    together = list(named.values()) if groups else names
    entrants = list(map(Entrant.of_run, directories, names, together))
    check_same_test(entrants)
    config = build_config(read_config(directories[0].config))
    on_progress("reading data")
    splits = load_splits(config.data, seed=config.split_seed)
    if splits.test is None:
        raise Problem("the test split of these runs is gone", where=splits.train.source)
    for name in FLOORS if floors else ():
        on_progress(f"computing the floor {name}")
        entrants.append(Entrant.of_floor(make_floor(name, splits, cache_folder("floors"))))
    on_progress("comparing")
    return compare(entrants, splits.test)
