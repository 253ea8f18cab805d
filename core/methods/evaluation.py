"""Questions about how good models are. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.config import build_config, read_config
from core.data.splits import load_splits
from core.evaluation.naming import names_of
from core.files.cache import cache_folder
from core.methods.evaluated import OwnSplit, Question, evaluated
from core.methods.memory import Memory, Progress
from core.problems import Problem
from core.protocol import FLOORS, Comparison, EvaluationReport, JudgedTexts
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory


def evaluate(
    memory: Memory,
    run: str,
    which: Which,
    on_progress: Progress,
    data: dict[str, Any] | None = None,
    split: OwnSplit | None = None,
    device: str = "auto",
) -> EvaluationReport:
    """Compare the best or last checkpoint with labelled data, or with a split of the run; see `Question`.

    Columns that `data`, a DataConfig as a dict, does not name are those that the run was trained with,
    where the data has them.
    """
    question = Question(run, which, data, split, device)
    return evaluated(memory, question, on_progress).report


def evaluated_texts(
    memory: Memory,
    run: str,
    which: Which,
    step: int,
    label: int,
    predicted: int,
    on_progress: Progress,
    data: dict[str, Any] | None = None,
    split: OwnSplit | None = None,
    device: str = "auto",
    offset: int = 0,
    limit: int = 50,
) -> JudgedTexts:
    """Texts of a cell of the confusion matrix of an evaluation, asked for as there.

    Args:
        memory: of the service.
        run: the run directory.
        which: as in `evaluate`.
        step: that the evaluation was of.
        label: number of the true label.
        predicted: number of the predicted label.
        on_progress: is told how far it has come.
        data: as in `evaluate`.
        split: as in `evaluate`.
        device: as in `evaluate`.
        offset: so many are left out, the surest first.
        limit: no more than so many.
    """
    found = evaluated(memory, Question(run, which, data, split, device), on_progress, step)
    from core.evaluation.judged import in_cell, judged

    rows = in_cell(found.outcomes, label, predicted)
    items = judged(found.outcomes, found.split, rows[offset : offset + limit])
    return JudgedTexts(total=len(rows), items=items)


def compare(
    memory: Memory,
    runs: list[str],
    on_progress: Progress,
    groups: list[str] | None = None,
    floors: bool = True,
    told: list[str] | None = None,
) -> Comparison:
    """Runs that were tested on the same texts side by side, with two `floors` below them.

    `groups` has a name for each run: runs of one name differ by their seed only. Where their test data are
    gone or have changed, the runs are compared by what they left, without floors and texts; where only those
    have changed that they learnt from, without floors. `told` are remarks of whoever chose the runs.
    """
    from core.evaluation.baselines import make_floor
    from core.evaluation.comparison import (
        Entrant,
        check_same_test,
        check_trained_on,
        compare,
        tested_split,
    )

    on_progress("reading the runs")
    named = dict(zip(runs, groups or runs, strict=True))
    if len(named) == 1 and not floors:
        raise Problem("one run alone cannot be compared", mend="Name another, or let the floors stand.")
    directories = [RunDirectory.open(Path(run)) for run in named]
    names = names_of([directory.path for directory in directories])
    together = list(named.values()) if groups else names
    entrants = list(map(Entrant.of_run, directories, names, together))
    check_same_test(entrants)
    config = build_config(read_config(directories[0].config))
    on_progress("reading data")
    split, missing = None, ""
    try:
        splits = load_splits(config.data, seed=config.split_seed)
        split = tested_split(splits, entrants[0])
        if floors:
            check_trained_on(splits, entrants[0])
    except Problem as problem:
        if len(entrants) == 1:
            raise
        missing = str(problem)
    for name in FLOORS if floors and not missing else ():
        on_progress(f"computing the floor {name}")
        entrants.append(Entrant.of_floor(make_floor(name, splits, cache_folder("floors"))))
    on_progress("comparing")
    return compare(entrants, split, missing, told or ())
