"""Verbs that look at data before training: on standard output, and on a screen."""

from typing import Annotated

import typer

from core.config import build_config
from core.problems import Problem
from core.protocol import CheckData
from core.runs.directory import default_runs_dir
from tui.engine.blocking import ask
from tui.printing import data_report as checking
from tui.terminal import is_interactive
from tui.verbs.grouping import layer, verb
from tui.verbs.options import Data, Json, RunsDir
from tui.verbs.settings import DataOptions, ModelName, ModelOptions


@verb
def check(
    *,
    data: Data,
    model: ModelName = None,
    source: DataOptions,
    reading: ModelOptions,
    label_errors: Annotated[
        bool, typer.Option("--label-errors", help="Look for labels that are probably wrong, too.")
    ] = False,
    rows: Annotated[
        str | None, typer.Option(help="Print all rows of one finding instead.", metavar="FINDING")
    ] = None,
    as_json: Json = False,
) -> int:
    """Report on data before training: problems, rows, labels, lengths, and what the checks find."""
    config = build_config(layer("data", train=data), source.layer, layer("model", name=model), reading.layer)
    if rows is not None:
        return checking.show_rows(config, rows, as_json=as_json)
    return checking.show_check(ask(CheckData(config, label_errors)), as_json=as_json)


@verb
def data(
    *,
    data: Data,
    model: ModelName = None,
    source: DataOptions,
    reading: ModelOptions,
    runs_dir: RunsDir = None,
) -> int:
    """Look at data on a screen: labels, lengths, what the checks find, and its rows."""
    if not is_interactive():
        raise Problem("there is no terminal to open a screen in", mend="`bertcls-tui check` prints the same.")
    config = build_config(layer("data", train=data), source.layer, layer("model", name=model), reading.layer)
    from tui.app import BertclsApp

    app = BertclsApp(runs_dir or default_runs_dir(), data=config)
    app.run()
    return app.return_code or 0
