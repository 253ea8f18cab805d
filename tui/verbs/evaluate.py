"""The verbs that judge a trained model: `evaluate`, `compare` and `report`."""

from pathlib import Path
from typing import Annotated

import typer

from core.config import build_config
from core.experiments.comparison import comparison_request
from core.experiments.listing import find, find_one_run
from core.problems import Problem
from core.protocol import Evaluate, WriteReport
from core.runs.directory import default_runs_dir
from tui.engine.blocking import ask
from tui.opening import open_app
from tui.printing.comparison import show_comparison
from tui.printing.evaluation import show_evaluation
from tui.printing.results import show_report
from tui.streams import forgive_loss
from tui.terminal import DONE
from tui.verbs.command_line import VerbCommand, cli, layer, verb
from tui.verbs.options import Device, Json, RowOptions, Run, RunsDir, Which, split_of, which_of


@verb
def evaluate(
    *,
    run: Run,
    data: Annotated[
        str | None,
        typer.Argument(metavar="DATA", help="Labelled data [the test split of the run, else validation]."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Split of the run.", metavar="test|validation", show_default=False)
    ] = None,
    which: Which = "best",
    source: RowOptions,
    device: Device = "auto",
    screen: Annotated[
        bool, typer.Option("--screen", help="Open a screen on which the texts can be read.")
    ] = False,
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Evaluate a checkpoint on labelled data.

    Prints scores, confusions, calibration and mistakes.

    The test split is not classified again; the predictions from the end of training are used.
    """
    found = find_one_run(runs_dir or default_runs_dir(), run)
    own_split = split_of(split)
    if data is not None and split is not None:
        raise Problem("DATA and --split were both given", mend="Give one of them.")
    if data is None and source.layer:
        raise Problem("options of DATA were given without DATA", mend="Add DATA, or remove these options.")
    request = Evaluate(
        str(found.path),
        which_of(which),
        build_config(layer("data", train=data), source.layer).data if data is not None else None,
        own_split,
        device,
    )
    if screen:
        return open_app(found.path.parent, evaluation=request, mend="Remove --screen.")
    show_evaluation(ask(request), as_json=as_json)
    return DONE


@cli.command(cls=VerbCommand)
def compare(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN", help="Names of runs or experiments, or their folders."),
    ],
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines/--no-baselines", help="Most frequent label, and TF-IDF with logistic regression."
        ),
    ] = True,
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Compare runs that were tested on the same texts. An experiment stands for its trained runs.

    A single run is compared with the two baselines.
    """
    folder = runs_dir or default_runs_dir()
    request = comparison_request([find(folder, run) for run in runs], baselines=baselines)
    show_comparison(ask(request), as_json=as_json)
    return DONE


@cli.command(cls=VerbCommand)
def report(
    run: Run,
    to: Annotated[
        Path | None,
        typer.Option("--output", help="Folder, or file ending in .md or .html [default: in the run]."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing --output.")] = False,
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Write a report on a run as Markdown and HTML, one file each.

    The run need not have ended. With --json the report is printed as well.
    """
    found = find_one_run(runs_dir or default_runs_dir(), run)
    output = str(to.absolute()) if to else None
    show_report(ask(WriteReport(str(found.path), output, overwrite)), as_json=as_json)
    return forgive_loss(DONE)
