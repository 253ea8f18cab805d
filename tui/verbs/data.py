"""The verbs that inspect data before training: `check` and `data`."""

from typing import Annotated

import typer

from core.config import build_config
from core.protocol import CheckData
from core.runs.directory import default_runs_dir
from tui.engine.blocking import ask
from tui.opening import open_app
from tui.printing.data_report import show_check, show_rows
from tui.verbs.command_line import layer, verb
from tui.verbs.options import Data, DataOptions, Json, ModelName, ModelOptions, RunsDir


@verb
def check(
    *,
    data: Data,
    model: ModelName = None,
    source: DataOptions,
    reading: ModelOptions,
    label_errors: Annotated[
        bool, typer.Option("--label-errors", help="Also look for labels that are probably wrong.")
    ] = False,
    rows: Annotated[
        str | None, typer.Option(help="Print all rows of one finding instead.", metavar="FINDING")
    ] = None,
    as_json: Json = False,
) -> int:
    """Check data before training.

    Prints problems, labels, text lengths, duplicates, and texts that occur in two splits.
    """
    config = build_config(layer("data", train=data), source.layer, layer("model", name=model), reading.layer)
    if rows is not None:
        return show_rows(config, rows, as_json=as_json)
    return show_check(ask(CheckData(config, label_errors)), as_json=as_json)


@verb
def data(
    *,
    data: Data,
    model: ModelName = None,
    source: DataOptions,
    reading: ModelOptions,
    runs_dir: RunsDir = None,
) -> int:
    """Show data and the findings of `check` on a screen."""
    config = build_config(layer("data", train=data), source.layer, layer("model", name=model), reading.layer)
    return open_app(runs_dir or default_runs_dir(), data=config, mend="`bertcls-tui check` prints the same.")
