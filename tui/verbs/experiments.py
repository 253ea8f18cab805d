"""The verb that trains several models on equal terms."""

from pathlib import Path
from typing import Annotated

import typer

from core.config import Values, parse_setting
from core.experiments.directory import read_members
from core.experiments.members import make_members
from core.problems import Problem
from tui import experimenting
from tui.cli import default_runs_dir
from tui.verbs.options import (
    Delimiter,
    Detach,
    Drop,
    Encoding,
    Headless,
    Label,
    RunsDir,
    Subset,
    Text,
    cli,
)
from tui.verbs.runs import given


@cli.command()
def experiment(
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="A file, a folder, or a data set of the Hub.")
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(
            help="Models or presets with commas between them; a preset keeps its own length and training.",
            metavar="NAME,NAME...",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="So many runs of each model: seed 42, 43, and so on.")] = 1,
    text_column: Text = None,
    label_column: Label = None,
    label_delimiter: Delimiter = None,
    validation: Annotated[str | None, typer.Option(help="Validation file [default: a part of DATA].")] = None,
    test: Annotated[str | None, typer.Option(help="Test file, used once by each run, at its end.")] = None,
    subset: Subset = None,
    encoding: Encoding = None,
    drop_bad_rows: Drop = False,
    max_length: Annotated[int | None, typer.Option(help="Longest text in tokens [512].")] = None,
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
    device: Annotated[
        str | None, typer.Option(help="Where to compute [auto].", metavar="auto|cpu|cuda|cuda:N")
    ] = None,
    runs_dir: RunsDir = None,
    name: Annotated[str | None, typer.Option(help="Name of the experiment [from the data].")] = None,
    config: Annotated[
        Path | None, typer.Option(help="The experiment.toml of an experiment, to repeat it.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Any setting of all.", metavar="section.key=value")
    ] = None,
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Train several models one after another, on the same split by the same metric, and compare them."""
    folder = runs_dir or default_runs_dir()
    options: Values = {
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
        "model": {"max_length": max_length},
        "training": {"max_steps": max_steps, "epochs": epochs, "eval_steps": eval_steps, "device": device},
        "stopping": {"patience": patience, "metric": metric},
    }
    if config is not None:
        if any(given(options).values()) or models or settings or seeds != 1:
            raise Problem("--config has data, models and settings already", mend="Give the one or the other.")
        return experimenting.begin(read_members(config), folder, name, headless=headless, detach=detach)
    if not data:
        raise Problem(
            "there is nothing to train on",
            mend="Name data and models: bertcls-tui experiment DATA --models minilm,cnn,rnn.",
        )
    common = [*(parse_setting(setting) for setting in settings or []), given(options)]
    chosen = [model.strip() for model in (models or "").split(",") if model.strip()]
    members = make_members(chosen, seeds, common)
    return experimenting.begin(members, folder, name, headless=headless, detach=detach)
