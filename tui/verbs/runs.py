"""Verbs that begin, watch and end runs."""

from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from core.config import Values as Layer
from core.config import build_config, parse_setting, read_config
from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import Lister, find
from core.presets import PRESETS
from core.problems import Problem
from core.runs.start import free_name
from tui import experimenting, output, running
from tui.cli import default_runs_dir, open_home
from tui.exits import DONE
from tui.verbs.options import (
    LONG_TEXTS,
    Delimiter,
    Detach,
    Device,
    Drop,
    Encoding,
    Headless,
    Json,
    Label,
    Run,
    RunsDir,
    Subset,
    Text,
    cli,
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


@cli.command()
def train(
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="A file, a folder, or a data set of the Hub.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Hub name, folder, minilm, cnn or rnn [bert-base-cased].")
    ] = None,
    text_column: Text = None,
    label_column: Label = None,
    label_delimiter: Delimiter = None,
    validation: Annotated[str | None, typer.Option(help="Validation file [default: a part of DATA].")] = None,
    test: Annotated[str | None, typer.Option(help="Test file, used once, at the end.")] = None,
    subset: Subset = None,
    encoding: Encoding = None,
    drop_bad_rows: Drop = False,
    max_length: Annotated[int | None, typer.Option(help="Longest text in tokens [512].")] = None,
    long_text: Annotated[
        str | None,
        typer.Option(help="What is read of longer texts [head].", metavar=LONG_TEXTS),
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate [the model's].")] = None,
    train_batch_size: Annotated[int | None, typer.Option(help="Texts in a training step [8].")] = None,
    eval_batch_size: Annotated[int | None, typer.Option(help="Texts evaluated at once [any].")] = None,
    max_steps: Annotated[int | None, typer.Option(help="Length of training [from the data].")] = None,
    epochs: Annotated[float | None, typer.Option(help="Length of training, in place of --max-steps.")] = None,
    eval_steps: Annotated[int | None, typer.Option(help="Steps between evaluations [from the data].")] = None,
    patience: Annotated[int | None, typer.Option(help="Evaluations without a new best [5].")] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="What selects the best checkpoint [accuracy; macro_f1 of sets of labels].",
            metavar="accuracy|macro_f1|micro_f1|loss",
        ),
    ] = None,
    class_weights: Annotated[
        str | None,
        typer.Option(help="Whether rare labels weigh more in training [none].", metavar="none|balanced"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random [42].")] = None,
    precision: Annotated[str | None, typer.Option(help="[auto].", metavar="auto|bf16|fp32")] = None,
    compile_layers: Annotated[
        str | None,
        typer.Option("--compile", help="torch.compile, on a GPU only [auto].", metavar="auto|on|off"),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Where to compute [auto].", metavar="auto|cpu|cuda|cuda:N")
    ] = None,
    runs_dir: RunsDir = None,
    name: Annotated[str | None, typer.Option(help="Name of the run [from data and model].")] = None,
    preset: Annotated[
        str | None, typer.Option(help="Settings to begin with.", metavar="|".join(PRESETS))
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file, such as the config.toml of a run.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Any setting.", metavar="section.key=value")
    ] = None,
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Fine-tune a classifier. Later ones win: defaults, --preset, --config, --set, other options."""
    options: Layer = {
        "data": {
            "train": data,
            "validation": validation,
            "test": test,
            "text_column": text_column,
            "label_column": label_column,
            "label_delimiter": label_delimiter,
            "encoding": encoding,
            "subset": subset,
            "drop_bad_rows": drop_bad_rows or None,
        },
        "model": {"name": model, "max_length": max_length, "long_text": long_text},
        "training": {
            "learning_rate": learning_rate,
            "train_batch_size": train_batch_size,
            "eval_batch_size": eval_batch_size,
            "max_steps": max_steps,
            "epochs": epochs,
            "eval_steps": eval_steps,
            "class_weights": class_weights,
            "seed": seed,
            "precision": precision,
            "compile": compile_layers,
            "device": device,
        },
        "stopping": {"patience": patience, "metric": metric},
        "output": {"runs_dir": str(runs_dir) if runs_dir else None, "name": name},
    }
    asked = build_config(
        {"output": {"runs_dir": str(default_runs_dir())}},
        _preset(preset),
        _repeatable(read_config(config)) if config else {},
        *(parse_setting(setting) for setting in settings or []),
        given(options),
    )
    if not asked.data.train:
        raise Problem("there is nothing to train on", mend="Name a data file: bertcls-tui train DATA.")
    return running.train(asked, headless=headless, detach=detach)


@cli.command()
def attach(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Name or folder [the newest].")] = None,
    runs_dir: RunsDir = None,
    headless: Headless = False,
) -> int:
    """Watch a run or an experiment; leaving it changes nothing in it."""
    found = find(runs_dir or default_runs_dir(), run)
    if isinstance(found, ExperimentDirectory):
        return experimenting.attach(found, headless=headless)
    return running.attach(found, headless=headless)


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


@cli.command()
def stop(run: Run, runs_dir: RunsDir = None) -> int:
    """Stop a run or an experiment after its step, with a checkpoint; wait until it has ended."""
    found = find(runs_dir or default_runs_dir(), run)
    if isinstance(found, ExperimentDirectory):
        return experimenting.stop(found)
    return running.stop(found)


def given(layer: Layer) -> Layer:
    """What of `layer` was given: without the options that are None."""
    return {
        section: {key: value for key, value in values.items() if value is not None}
        for section, values in layer.items()
    }


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
    folder = Path(str(output.get("runs_dir") or default_runs_dir()))
    return layer | {"output": output | {"name": free_name(folder, str(output["name"]))}}
