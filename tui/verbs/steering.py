"""Verbs that steer a run while it trains."""

from typing import Annotated

import typer

from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import find
from core.problems import Problem
from core.runs.directory import default_runs_dir
from tui.verbs import experiment_actions as experimenting
from tui.verbs import run_actions as running
from tui.verbs.commands import Order, steer
from tui.verbs.options import Run, RunsDir, cli


@cli.command()
def stop(
    run: Run,
    runs_dir: RunsDir = None,
    after: Annotated[
        str, typer.Option(help="After this step, or after the next evaluation.", metavar="step|evaluation")
    ] = "step",
) -> int:
    """Stop a run or an experiment after its step, with a checkpoint; wait until it has ended."""
    if after not in ("step", "evaluation"):
        raise Problem(f"--after is {after!r}", mend="Write --after step or --after evaluation.")
    found = find(runs_dir or default_runs_dir(), run)
    if not isinstance(found, ExperimentDirectory):
        return running.stop(found, after_evaluation=after == "evaluation")
    if after == "evaluation":
        raise Problem(
            "an experiment stops after a step", where=found.name, mend="Stop its run: EXPERIMENT/RUN."
        )
    return experimenting.stop(found)


@cli.command("steer")
def steer_(
    run: Run,
    runs_dir: RunsDir = None,
    pause: Annotated[bool, typer.Option("--pause", help="Pause after this step.")] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Pause, and give the device's memory back.")
    ] = False,
    go_on: Annotated[bool, typer.Option("--go-on", help="End a pause.")] = False,
    evaluate: Annotated[bool, typer.Option("--evaluate", help="Evaluate on validation now.")] = False,
    checkpoint: Annotated[bool, typer.Option("--checkpoint", help="Write a checkpoint now.")] = False,
    learning_rate_factor: Annotated[
        float | None, typer.Option(help="Learning rate, as a factor on what was planned.")
    ] = None,
    patience: Annotated[int | None, typer.Option(help="Evaluations without a new best.")] = None,
    max_steps: Annotated[int | None, typer.Option(help="Steps at most.")] = None,
    eval_steps: Annotated[int | None, typer.Option(help="Steps between evaluations.")] = None,
    note: Annotated[str, typer.Option(help="A line to be kept with the run.")] = "",
) -> int:
    """Change a run while it trains; each change is acknowledged after the step that is under way."""
    orders = [
        *[Order("pause")] * pause,
        *[Order("release")] * release,
        *[
            Order(name, value)  # type: ignore[arg-type]
            for name, value in {
                "learning_rate": learning_rate_factor,
                "patience": patience,
                "max_steps": max_steps,
                "eval_steps": eval_steps,
            }.items()
            if value is not None
        ],
        *[Order("note", text=note)] * bool(note),
        *[Order("evaluate")] * evaluate,
        *[Order("checkpoint")] * checkpoint,
        *[Order("resume")] * go_on,
    ]
    if not orders:
        raise Problem("there is nothing to change", mend="See bertcls-tui steer --help.")
    found = find(runs_dir or default_runs_dir(), run)
    if isinstance(found, ExperimentDirectory):
        raise Problem("this is an experiment", where=found.name, mend="Steer its run: EXPERIMENT/RUN.")
    return steer(found, orders)
