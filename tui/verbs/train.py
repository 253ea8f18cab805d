"""The verbs that start a run: `demo` and `train`."""

import signal
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from core.config import RunConfig, Values, build_config, parse_setting, read_config
from core.config.presets import PRESETS
from core.problems import Problem
from core.runs.directory import RunDirectory, default_runs_dir
from core.runs.history import read_outline
from core.runs.start import SAMPLE_DATA, free_name, start
from tui.headless.follower import Interrupts
from tui.headless.run import RunPrinter
from tui.verbs.command_line import VerbCommand, cli, layer, verb
from tui.verbs.options import (
    DataOptions,
    Detach,
    Device,
    DiskWait,
    Headless,
    ModelName,
    ModelOptions,
    OptionalData,
    RunsDir,
    Settings,
    StoppingOptions,
    TrainingOptions,
)
from tui.verbs.watching import watch


@cli.command(cls=VerbCommand)
def demo(
    name: Annotated[str, typer.Option(help="Name of the run.")] = "demo",
    runs_dir: RunsDir = None,
    device: Device = "auto",
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Fine-tune MiniLM on sample reviews. Takes one or two minutes on two cores."""
    folder = runs_dir or default_runs_dir()
    # Short enough for two cores, long enough for early stopping to act.
    config = build_config(
        {
            "data": {
                "train": str(SAMPLE_DATA / "reviews_train.csv"),
                "test": str(SAMPLE_DATA / "reviews_test.csv"),
            },
            "model": {"name": "minilm", "max_length": 128},
            "training": {"max_steps": 135, "eval_steps": 14, "device": device},
            "stopping": {"patience": 3},
            "output": {"runs_dir": str(folder), "name": free_name(folder, name)},
        }
    )
    return _train(config, headless=headless, detach=detach)


@verb
def train(
    *,
    data: OptionalData = None,
    model: ModelName = None,
    source: DataOptions,
    reading: ModelOptions,
    training: TrainingOptions,
    stopping: StoppingOptions,
    seed: Annotated[int | None, typer.Option(help="Random seed [42].")] = None,
    runs_dir: RunsDir = None,
    name: Annotated[str | None, typer.Option(help="Name of the run [from data and model].")] = None,
    disk_wait: DiskWait = None,
    preset: Annotated[
        str | None, typer.Option(help="Settings to start from.", metavar="|".join(PRESETS))
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings in TOML, such as the config.toml of a run.")
    ] = None,
    settings: Settings = None,
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Fine-tune a classifier.

    Later settings override earlier ones: defaults, --preset, --config, --set, other options.
    """
    if model in PRESETS and preset is None:
        model, preset = None, model
    built = build_config(
        {"output": {"runs_dir": str(default_runs_dir())}},
        _preset(preset),
        _with_free_name(read_config(config)) if config else {},
        *(parse_setting(setting) for setting in settings or []),
        *(group.layer for group in (source, reading, training, stopping)),
        layer("data", train=data),
        layer("model", name=model),
        layer("training", seed=seed),
        layer("output", runs_dir=str(runs_dir) if runs_dir else None, name=name, disk_wait=disk_wait),
    )
    if not built.data.train:
        raise Problem("no training data", mend="Name a data file: bertcls-tui train DATA.")
    return _train(built, headless=headless, detach=detach)


def _train(config: RunConfig, *, headless: bool, detach: bool) -> int:
    """Start a run and watch it. If training never begins, the run is deleted."""
    with Interrupts() as interrupts:
        run, process = start(config)
    code = watch(run, RunPrinter(run, process, interrupts), headless=headless, detach=detach)
    if _never_began(run, process):
        run.delete()
    return code


def _never_began(run: RunDirectory, process: subprocess.Popen[bytes]) -> bool:
    """Whether the plan was refused, or Ctrl-C came before training began."""
    history = read_outline(run)
    refused = history.ended is not None and history.ended.reason == "refused"
    if refused:
        process.wait()  # its last event is written, but unloading the libraries takes a moment
    if process.poll() is None:
        return False
    return history.started is None and (refused or process.returncode == -signal.SIGKILL)


def _preset(name: str | None) -> Values:
    if name is None:
        return {}
    if name not in PRESETS:
        raise Problem(f"unknown preset {name!r}", mend=f"Use one of {', '.join(PRESETS)}.")
    return PRESETS[name]


def _with_free_name(values: Values) -> Values:
    """The configuration of an earlier run, under a new name where that run is still there."""
    output = values.get("output", {})
    if not (isinstance(output, dict) and output.get("name")):
        return values
    folder = Path(str(output.get("runs_dir") or default_runs_dir())).expanduser()
    return values | {"output": output | {"name": free_name(folder, str(output["name"]))}}
