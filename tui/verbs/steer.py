"""The verbs that send commands to a training run: `stop` and `steer`."""

import sys
import time
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import typer

from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import find, summarize_experiment
from core.files import lock
from core.problems import Problem
from core.runs.commands import CommandName, post
from core.runs.directory import RunDirectory, default_runs_dir
from core.runs.history import read_outline
from core.runs.state import RESUMABLE, state_of
from core.text.plain import plain
from tui.streams import forgive_loss
from tui.terminal import DONE, FAILED, NOTHING_STARTED, report_error
from tui.verbs.command_line import VerbCommand, cli
from tui.verbs.options import Run, RunsDir
from tui.wording import run as wording

_POLL_SECONDS = 0.2


class _Order(NamedTuple):
    name: CommandName
    value: float | None = None
    text: str = ""

    @property
    def option(self) -> str:
        """The option that gives the command, with its value."""
        name = "learning-rate-factor" if self.name == "learning_rate" else self.name.replace("_", "-")
        return f"--{name}" if self.value is None else f"--{name} {self.value}"


@cli.command(cls=VerbCommand)
def stop(
    run: Run,
    runs_dir: RunsDir = None,
    after: Annotated[
        str, typer.Option(help="Stop after this step or the next evaluation.", metavar="step|evaluation")
    ] = "step",
) -> int:
    """Stop a run or an experiment, with a checkpoint. Waits until it has ended."""
    if after not in ("step", "evaluation"):
        raise Problem(f"--after is {after!r}", mend="Write --after step or --after evaluation.")
    found = find(runs_dir or default_runs_dir(), run)
    if not isinstance(found, ExperimentDirectory):
        return forgive_loss(_stop_run(found, after_evaluation=after == "evaluation"))
    if after == "evaluation":
        raise Problem(
            "an experiment can only be stopped after a step",
            where=found.name,
            mend="Stop its run: EXPERIMENT/RUN.",
        )
    return forgive_loss(_stop_experiment(found))


@cli.command(cls=VerbCommand)
def steer(
    run: Run,
    runs_dir: RunsDir = None,
    pause: Annotated[bool, typer.Option("--pause", help="Pause after this step.")] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Pause, and free the memory of the device.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="End a pause.")] = False,
    evaluate: Annotated[bool, typer.Option("--evaluate", help="Evaluate on validation now.")] = False,
    checkpoint: Annotated[bool, typer.Option("--checkpoint", help="Write a checkpoint now.")] = False,
    learning_rate_factor: Annotated[
        float | None, typer.Option(help="Factor on the planned learning rate.")
    ] = None,
    patience: Annotated[
        int | None, typer.Option(help="Evaluations without a new best before training stops.")
    ] = None,
    max_steps: Annotated[int | None, typer.Option(help="Training steps.")] = None,
    eval_steps: Annotated[int | None, typer.Option(help="Steps between evaluations.")] = None,
    note: Annotated[str, typer.Option(help="Add a note to the run.")] = "",
) -> int:
    """Change a run while it trains. Waits until the trainer acknowledges or rejects each change."""
    settings: dict[CommandName, float | None] = {
        "learning_rate": learning_rate_factor,
        "patience": patience,
        "max_steps": max_steps,
        "eval_steps": eval_steps,
    }
    orders = [
        *[_Order("pause")] * pause,
        *[_Order("release")] * release,
        *[_Order(name, value) for name, value in settings.items() if value is not None],
        *[_Order("note", text=note)] * bool(note),
        *[_Order("evaluate")] * evaluate,
        *[_Order("checkpoint")] * checkpoint,
        *[_Order("resume")] * resume,
    ]
    if not orders:
        raise Problem("nothing to change", mend="See bertcls-tui steer --help.")
    found = find(runs_dir or default_runs_dir(), run)
    if isinstance(found, ExperimentDirectory):
        raise Problem("this is an experiment", where=found.name, mend="Steer its run: EXPERIMENT/RUN.")
    return forgive_loss(_send(found, orders))


def _send(run: RunDirectory, orders: Sequence[_Order]) -> int:
    """Send commands and print the answer to each; return the exit code.

    Raises:
        Problem: no trainer is running.
    """
    _require_trainer(run)
    waiting = {
        post(run.commands, order.name, value=order.value, text=order.text).id: order for order in orders
    }
    code = DONE
    while waiting:
        is_at_work = _is_at_work(run)  # first: an answer that was written before the end must still be read
        acknowledged = read_outline(run).acknowledged
        for id in sorted(waiting.keys() & acknowledged.keys(), key=list(acknowledged).index):
            order, answer = waiting.pop(id), acknowledged[id]
            if answer.accepted:
                sys.stdout.write(plain(f"step {answer.step}: {answer.text or answer.message}") + "\n")
                sys.stdout.flush()
            else:
                code = report_error(f"{order.option}: {answer.message}", NOTHING_STARTED)
        if waiting and not is_at_work:
            return report_error("not delivered: the trainer ended first", NOTHING_STARTED)
        if waiting:
            time.sleep(_POLL_SECONDS)
    return code


def _stop_run(run: RunDirectory, *, after_evaluation: bool) -> int:
    """Stop a run and wait until it has ended; return the exit code.

    Raises:
        Problem: no trainer is running.
    """
    _require_trainer(run)
    post(run.commands, "stop_after_evaluation" if after_evaluation else "stop")
    when = "its next evaluation" if after_evaluation else "this step, with a checkpoint"
    _announce(f"stopping {run.name} after {when}")
    while lock.is_held(run.lock):
        time.sleep(_POLL_SECONDS)
    history = read_outline(run)
    _announce(f"{state_of(history, is_alive=False)} at step {history.step}")
    return FAILED if history.ended is None or history.ended.reason == "failed" else DONE


def _stop_experiment(experiment: ExperimentDirectory) -> int:
    """Stop an experiment and wait until it has ended.

    Raises:
        Problem: its process is not running.
    """
    if not lock.is_held(experiment.lock):
        summary = summarize_experiment(experiment)
        alone = summary.current
        raise Problem(
            f"not delivered: this experiment is {summary.state}",
            where=experiment.name,
            mend=f"Its run still trains: bertcls-tui stop {experiment.name}/{alone.name}." if alone else "",
        )
    post(experiment.commands, "stop")
    _announce(f"stopping {experiment.name} after this step, with a checkpoint")
    while lock.is_held(experiment.lock):
        time.sleep(_POLL_SECONDS)
    summary = summarize_experiment(experiment)
    _announce(f"{summary.state}, {wording.members(summary)}")
    return DONE


def _require_trainer(run: RunDirectory) -> None:
    if not _is_at_work(run):
        state = state_of(read_outline(run), is_alive=False)
        raise Problem(
            f"not delivered: the run has already ended ({state})",
            where=run.name,
            mend=f"Continue it with `bertcls-tui resume {run.name}`." if state in RESUMABLE else "",
        )


def _is_at_work(run: RunDirectory) -> bool:
    return run.is_launching or lock.is_held(run.lock)


def _announce(line: str) -> None:
    sys.stdout.write(f"{plain(line)}\n")
    sys.stdout.flush()
