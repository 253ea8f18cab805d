"""Questions about how good models are. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from pathlib import Path

from core.config import build_config, read_config
from core.data.splits import load_splits
from core.evaluation.display_names import names_of
from core.evaluation.target import EvaluationTarget
from core.files.cache import cache_folder
from core.methods.memory import Memory
from core.problems import Problem
from core.protocol import (
    BASELINES,
    Compare,
    Comparison,
    Evaluate,
    EvaluationReport,
    JudgedTexts,
    OnProgress,
    ReadTexts,
)
from core.runs.directory import RunDirectory


def evaluate(memory: Memory, request: Evaluate, on_progress: OnProgress) -> EvaluationReport:
    """Evaluate a checkpoint."""
    return memory.evaluator.evaluate(_target(request), on_progress).report


def read_texts(memory: Memory, request: ReadTexts, on_progress: OnProgress) -> JudgedTexts:
    """Texts in a cell of the confusion matrix of an evaluation."""
    found = memory.evaluator.evaluate(_target(request.evaluation), on_progress, step=request.step)
    from core.evaluation.mistakes import in_cell, judged

    rows = in_cell(found.outcomes, request.label, request.predicted)
    page = rows[request.offset : request.offset + request.limit]
    return JudgedTexts(total=len(rows), items=judged(found.outcomes, found.split, page))


def _target(request: Evaluate) -> EvaluationTarget:
    run = RunDirectory.open(Path(request.run))
    return EvaluationTarget(run, request.which, request.data, request.split, request.device)


def compare(memory: Memory, request: Compare, on_progress: OnProgress) -> Comparison:
    """Compare runs that were tested on the same texts, by default with the baselines.

    Without the test data, the runs are compared by the predictions that they kept, without baselines and
    texts; if only the training data are missing or have changed, without baselines.

    Raises:
        Problem: a run was not tested, the runs were tested on different texts, or one run is compared with
            nothing.
    """
    from core.evaluation.baselines import make_baseline
    from core.evaluation.comparison import compare
    from core.evaluation.entrants import Entrant, check_same_test, check_trained_on, tested_split

    on_progress("reading the runs")
    named = dict(zip(request.runs, request.groups or request.runs, strict=True))
    if len(named) == 1 and not request.baselines:
        raise Problem("one run alone cannot be compared", mend="Name another run, or keep the baselines.")
    directories = [RunDirectory.open(Path(run)) for run in named]
    names = names_of([directory.path for directory in directories])
    together = list(named.values()) if request.groups else names
    entrants = list(map(Entrant.of_run, directories, names, together))
    check_same_test(entrants)
    config = build_config(read_config(directories[0].config))
    on_progress("reading data")
    split, missing = None, ""
    try:
        splits = load_splits(config.data, seed=config.split_seed)
        split = tested_split(splits, entrants[0])
        if request.baselines:
            check_trained_on(splits, entrants[0])
    except Problem as problem:
        if len(entrants) == 1:
            raise
        missing = str(problem)
    for name in BASELINES if request.baselines and not missing else ():
        on_progress(f"computing the baseline {name}")
        entrants.append(Entrant.of_baseline(make_baseline(name, splits, cache_folder("floors"))))
    on_progress("comparing")
    return compare(entrants, split, missing, request.remarks)
