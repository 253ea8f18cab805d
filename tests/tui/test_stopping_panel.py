"""The panel on early stopping: what it says before, while and after it can act."""

from pathlib import Path
from typing import Any

import pytest
from scripted_run import ScriptedRun, evaluation, plan

from core.runs.events import Stopping
from core.runs.history import read_history
from tui.widgets.run.facts import stopping


def panel(folder: Path, values: list[float], *, ends: bool = False, **changes: Any) -> str:
    """The panel after evaluations every 20 steps."""
    run = ScriptedRun(folder)
    made = plan(**changes)
    run.begin(made)
    for number, value in enumerate(values, 1):
        best = max(values[:number])
        run.write(evaluation(20 * number, accuracy=value))
        run.write(
            Stopping(
                step=20 * number,
                metric="accuracy",
                best=best,
                best_step=20 * (values.index(best) + 1),
                used=0,
                patience=made.patience,
                stops_at=None if not made.early_stopping else 220,
            )
        )
    if ends:
        run.end("finished", made.max_steps, 20 * len(values))
    return stopping(read_history(run.directory), "finished" if ends else "training").plain


def test_patience_names_the_step_from_which_it_counts(tmp_path: Path) -> None:
    assert "0 of 5, from step 150" in panel(tmp_path, [0.5, 0.6], patience_from=150)


def test_patience_that_counts_names_no_step(tmp_path: Path) -> None:
    shown = panel(tmp_path, [0.5] * 8, patience_from=150)
    assert "0 of 5" in shown
    assert "from step" not in shown


def test_without_early_stopping_the_run_ends_at_its_planned_end(tmp_path: Path) -> None:
    shown = panel(tmp_path, [0.5, 0.6], early_stopping=False)
    assert "early stopping is off" in shown
    assert "the run ends at step 300" in shown


@pytest.mark.parametrize(("values", "advice"), [([0.5, 0.6, 0.7, 0.8], True), ([0.8, 0.7, 0.7, 0.7], False)])
def test_a_run_that_was_still_improving_says_how_to_train_longer(
    tmp_path: Path, values: list[float], advice: bool
) -> None:
    shown = panel(tmp_path, values, ends=True)
    assert ("still improving; train longer: --epochs 9" in shown) == advice
