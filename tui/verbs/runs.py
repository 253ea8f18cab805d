"""Verbs that begin, watch and end runs."""

from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from core.config import Values as Layer
from core.config import build_config, parse_setting, read_config
from core.config.presets import PRESETS
from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import Lister, find
from core.problems import Problem
from core.runs.directory import default_runs_dir
from core.runs.start import free_name
from tui.opening import open_home
from tui.printing import results as output
from tui.terminal import DONE
from tui.verbs import experiment_actions as experimenting
from tui.verbs import run_actions as running
from tui.verbs.grouping import layer, verb
from tui.verbs.options import (
    DataOrConfig,
    Detach,
    Device,
    DiskWait,
    Headless,
    Json,
    Run,
    RunsDir,
    cli,
)
from tui.verbs.settings import (
    DataOptions,
    ModelName,
    ModelOptions,
    Settings,
    StoppingOptions,
    TrainingOptions,
)


@cli.callback(invoke_without_command=True)
def home(
    context: typer.Context,
    runs_dir: RunsDir = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> int:
    """Open the list of runs."""
    if version:
        typer.echo(metadata.version("bertcls-tui"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        return open_home(runs_dir or default_runs_dir())
    if runs_dir is not None:
        raise Problem("--runs-dir stands before the command", mend="Write it after the command.")
    return DONE


@cli.command()
def demo(
    name: Annotated[str, typer.Option(help="Name of the run.")] = "demo",
    runs_dir: RunsDir = None,
    device: Device = "auto",
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Fine-tune MiniLM on short reviews that come with the program: a minute or two on two cores."""
    config = build_config(running.demo_settings(name, runs_dir or default_runs_dir(), device))
    return running.train(config, headless=headless, detach=detach)


@verb
def train(
    *,
    data: DataOrConfig = None,
    model: ModelName = None,
    source: DataOptions,
    reading: ModelOptions,
    training: TrainingOptions,
    stopping: StoppingOptions,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random [42].")] = None,
    runs_dir: RunsDir = None,
    name: Annotated[str | None, typer.Option(help="Name of the run [from data and model].")] = None,
    disk_wait: DiskWait = None,
    preset: Annotated[
        str | None, typer.Option(help="Settings to begin with.", metavar="|".join(PRESETS))
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file, such as the config.toml of a run.")] = None,
    settings: Settings = None,
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Fine-tune a classifier. Later ones win: defaults, --preset, --config, --set, other options."""
    asked = build_config(
        {"output": {"runs_dir": str(default_runs_dir())}},
        _preset(preset),
        _repeatable(read_config(config)) if config else {},
        *(parse_setting(setting) for setting in settings or []),
        *(group.layer for group in (source, reading, training, stopping)),
        layer("data", train=data),
        layer("model", name=model),
        layer("training", seed=seed),
        layer("output", runs_dir=str(runs_dir) if runs_dir else None, name=name, disk_wait=disk_wait),
    )
    if not asked.data.train:
        raise Problem("there is nothing to train on", mend="Name a data file: bertcls-tui train DATA.")
    return running.train(asked, headless=headless, detach=detach)


@cli.command()
def attach(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Name or folder [the newest].")] = None,
    runs_dir: RunsDir = None,
    headless: Headless = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="Only watch: no key steers.")] = False,
) -> int:
    """Watch a run or an experiment; leaving it changes nothing in it."""
    found = find(runs_dir or default_runs_dir(), run)
    if isinstance(found, ExperimentDirectory):
        return experimenting.attach(found, headless=headless, read_only=read_only)
    return running.attach(found, headless=headless, read_only=read_only)


@cli.command("list")
def list_(runs_dir: RunsDir = None, as_json: Json = False) -> int:
    """Show all runs and experiments, the newest first."""
    folder = runs_dir or default_runs_dir()
    output.show_runs(Lister(folder).read(), folder, as_json=as_json)
    return DONE


@cli.command()
def resume(run: Run, runs_dir: RunsDir = None, headless: Headless = False, detach: Detach = False) -> int:
    """Go on with a run from its last complete checkpoint, or with an experiment where it stopped."""
    found = find(runs_dir or default_runs_dir(), run)
    if isinstance(found, ExperimentDirectory):
        return experimenting.resume(found, headless=headless, detach=detach)
    return running.resume(found, headless=headless, detach=detach)


def _preset(name: str | None) -> Layer:
    if name is None:
        return {}
    if name not in PRESETS:
        raise Problem(f"there is no preset {name!r}", mend=f"There is {', '.join(PRESETS)}.")
    return PRESETS[name]


def _repeatable(layer: Layer) -> Layer:
    """A configuration whose run, when there is one already, is repeated under a new name."""
    output = layer.get("output", {})
    if not (isinstance(output, dict) and output.get("name")):
        return layer
    folder = Path(str(output.get("runs_dir") or default_runs_dir())).expanduser()
    return layer | {"output": output | {"name": free_name(folder, str(output["name"]))}}
