"""The verb that starts an experiment."""

from pathlib import Path
from typing import Annotated

import typer

from core.config import build_config, parse_setting
from core.experiments.directory import ExperimentDirectory, Member, read_members
from core.experiments.members import make_members
from core.experiments.start import start
from core.problems import Problem
from core.protocol import PlanRun
from core.runs.directory import default_runs_dir
from core.runs.history import read_outline
from tui.engine.blocking import ask_all
from tui.headless.experiment import ExperimentPrinter
from tui.headless.follower import Interrupts
from tui.terminal import INTERRUPTED, TERMINATED
from tui.verbs.command_line import layer, verb
from tui.verbs.options import (
    DataOptions,
    Detach,
    DiskWait,
    Headless,
    ModelOptions,
    OptionalData,
    RunsDir,
    Settings,
    StoppingOptions,
    TrainingOptions,
)
from tui.verbs.watching import watch


@verb
def experiment(
    *,
    data: OptionalData = None,
    models: Annotated[
        str | None, typer.Option(help="Models or presets, separated by commas.", metavar="NAME,NAME...")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Runs of each model, with seeds 42, 43 and so on.")] = 1,
    source: DataOptions,
    reading: ModelOptions,
    training: TrainingOptions,
    stopping: StoppingOptions,
    runs_dir: RunsDir = None,
    name: Annotated[str | None, typer.Option(help="Name of the experiment [from the data].")] = None,
    disk_wait: DiskWait = None,
    config: Annotated[
        Path | None, typer.Option(help="The experiment.toml of an experiment to repeat.")
    ] = None,
    settings: Settings = None,
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Train several models on one split and compare them.

    Options apply to all models and override presets. A preset keeps its own values for the rest.
    """
    folder = runs_dir or default_runs_dir()
    layers = [
        layer("data", train=data),
        layer("output", disk_wait=disk_wait),
        *(group.layer for group in (source, reading, training, stopping)),
    ]
    if config is not None:
        if any(layers) or models or settings or seeds != 1:
            raise Problem("--config already sets data, models and settings", mend="Remove the other options.")
        return _start(read_members(config), folder, name, headless=headless, detach=detach)
    if not data:
        raise Problem(
            "no training data",
            mend="Name data and models: bertcls-tui experiment DATA --models minilm,cnn,rnn.",
        )
    chosen = [model.strip() for model in (models or "").split(",") if model.strip()]
    common = [*(parse_setting(setting) for setting in settings or []), *layers]
    members = make_members(chosen, seeds, common)
    return _start(members, folder, name, headless=headless, detach=detach)


def _start(members: list[Member], runs_dir: Path, name: str | None, *, headless: bool, detach: bool) -> int:
    """Plan every model, start the experiment and watch it. If training never begins, it is deleted.

    Raises:
        Problem: a plan was refused; nothing was started.
    """
    ask_all([PlanRun(build_config(member.settings)) for member in _one_per_model(members)])
    with Interrupts() as interrupts:
        experiment, process = start(members, runs_dir, name)
    printer = ExperimentPrinter(experiment, process, interrupts)
    code = watch(experiment, printer, headless=headless, detach=detach)
    if code in (INTERRUPTED, TERMINATED) and not _has_begun(experiment):
        experiment.delete()
    return code


def _has_begun(experiment: ExperimentDirectory) -> bool:
    """Whether training has begun in any run."""
    return any(read_outline(experiment.run_of(member)).started for member in experiment.members)


def _one_per_model(members: list[Member]) -> list[Member]:
    """The first member of each model: the seed does not change the plan."""
    return list({member.model: member for member in reversed(members)}.values())[::-1]
