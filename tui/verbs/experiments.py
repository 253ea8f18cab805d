"""The verb that trains several models on equal terms."""

from pathlib import Path
from typing import Annotated

import typer

from core.config import parse_setting
from core.experiments.directory import read_members
from core.experiments.members import make_members
from core.problems import Problem
from core.runs.directory import default_runs_dir
from tui.verbs import experiment_actions as experimenting
from tui.verbs.grouping import layer, verb
from tui.verbs.options import DataOrConfig, Detach, DiskWait, Headless, RunsDir
from tui.verbs.settings import DataOptions, ModelOptions, Settings, StoppingOptions, TrainingOptions


@verb
def experiment(
    *,
    data: DataOrConfig = None,
    models: Annotated[
        str | None, typer.Option(help="Models or presets with commas between them.", metavar="NAME,NAME...")
    ] = None,
    seeds: Annotated[int, typer.Option(help="So many runs of each model: seed 42, 43, and so on.")] = 1,
    source: DataOptions,
    reading: ModelOptions,
    training: TrainingOptions,
    stopping: StoppingOptions,
    runs_dir: RunsDir = None,
    name: Annotated[str | None, typer.Option(help="Name of the experiment [from the data].")] = None,
    disk_wait: DiskWait = None,
    config: Annotated[
        Path | None, typer.Option(help="The experiment.toml of an experiment, to repeat it.")
    ] = None,
    settings: Settings = None,
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Train several models one after another, on the same split by the same metric, and compare them.

    What the options say holds for all models, also above what a preset sets. Where they say nothing, a preset
    keeps its own length and training.
    """
    folder = runs_dir or default_runs_dir()
    output = layer("output", disk_wait=disk_wait)
    groups = [
        layer("data", train=data),
        output,
        *(each.layer for each in (source, reading, training, stopping)),
    ]
    if config is not None:
        if any(groups) or models or settings or seeds != 1:
            raise Problem("--config has data, models and settings already", mend="Give the one or the other.")
        return experimenting.begin(read_members(config), folder, name, headless=headless, detach=detach)
    if not data:
        raise Problem(
            "there is nothing to train on",
            mend="Name data and models: bertcls-tui experiment DATA --models minilm,cnn,rnn.",
        )
    chosen = [model.strip() for model in (models or "").split(",") if model.strip()]
    common = [*(parse_setting(setting) for setting in settings or []), *groups]
    members = make_members(chosen, seeds, common)
    return experimenting.begin(members, folder, name, headless=headless, detach=detach)
