"""Verbs that ask the engine service and print its answer."""

from typing import Annotated

import typer

from core.config import build_config
from core.experiments.comparison import comparison_request
from core.experiments.listing import find, find_one_run
from core.problems import Problem
from core.protocol import Diagnose, Evaluate, Predict, PredictFile
from core.runs.directory import default_runs_dir
from tui.engine.blocking import ask
from tui.headless import file_prediction as predicting
from tui.printing import comparison as comparing
from tui.printing import evaluation as evaluating
from tui.printing import results as output
from tui.terminal import DONE, INTERRUPTED
from tui.verbs import run_actions as running
from tui.verbs.grouping import layer, verb
from tui.verbs.options import (
    Device,
    Encoding,
    Json,
    Run,
    RunsDir,
    TextColumn,
    Which,
    cli,
    split_of,
    which_of,
)
from tui.verbs.settings import RowOptions
from tui.verbs.standard_input import lines_of_standard_input


@cli.command()
def predict(
    run: Run,
    texts: Annotated[list[str] | None, typer.Argument(metavar="[TEXT]...", help="Texts to classify.")] = None,
    file: Annotated[str | None, typer.Option(help="A data file whose texts are classified.")] = None,
    to: Annotated[
        str | None, typer.Option("--output", help="Where its rows go, with what was predicted.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output if it is there.")
    ] = False,
    which: Which = "best",
    text_column: TextColumn = None,
    encoding: Encoding = None,
    device: Device = "auto",
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Classify texts, or the lines of standard input, or a file, with a checkpoint of a run.

    A file may be of any size. When that is interrupted, the same command goes on where it stopped.
    """
    found = find_one_run(runs_dir or default_runs_dir(), run)
    if file is not None:
        if texts:
            raise Problem("texts and --file were both given", mend="Give one of them.")
        if to is None:
            raise Problem("--file needs --output", mend="Name the file to write, such as predictions.csv.")
        written = predicting.predict_file(
            PredictFile(
                str(found.path),
                file,
                to,
                which_of(which),
                text_column=text_column,
                encoding=encoding,
                device=device,
                overwrite=overwrite,
            )
        )
        if written is None:
            return INTERRUPTED
        output.show_file_predictions(written, as_json=as_json)
        return DONE
    if to is not None or overwrite:
        option = "--overwrite" if to is None else "--output"
        raise Problem(f"{option} needs --file", mend="Name the file to classify.")
    chosen = texts or lines_of_standard_input(encoding)
    answer = ask(Predict(str(found.path), chosen, which_of(which), device))
    output.show_predictions(answer, chosen, as_json=as_json)
    return DONE


@verb
def evaluate(
    *,
    run: Run,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="Labelled data [the test split of the run, or validation]."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="A split of the run.", metavar="test|validation", show_default=False)
    ] = None,
    which: Which = "best",
    source: RowOptions,
    device: Device = "auto",
    screen: Annotated[
        bool, typer.Option("--screen", help="Open it on a screen, where its texts can be read.")
    ] = False,
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Compare a checkpoint of a run with labelled data: what is confused, how sure it is, what it gets wrong.

    The test split is not classified again: what the run said of it when training ended is shown.
    """
    found = find_one_run(runs_dir or default_runs_dir(), run)
    own_split = split_of(split)
    if data is not None:
        if split is not None:
            raise Problem("DATA and --split were both given", mend="Give one of them.")
    elif source.layer:
        raise Problem("options of DATA were given without DATA", mend="Name the data, too.")
    request = Evaluate(
        str(found.path),
        which_of(which),
        build_config(layer("data", train=data), source.layer).data if data is not None else None,
        own_split,
        device,
    )
    if screen:
        return running.evaluate(found, request)
    evaluating.show_evaluation(ask(request), as_json=as_json)
    return DONE


@cli.command()
def compare(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="Names of runs or experiments, or their folders."),
    ],
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines/--no-baselines", help="The most frequent label, and TF-IDF with logistic regression."
        ),
    ] = True,
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Lay runs side by side that were tested on the same texts; of an experiment all that are trained.

    A run by itself is compared with the two baselines.
    """
    folder = runs_dir or default_runs_dir()
    request = comparison_request([find(folder, run) for run in runs], baselines=baselines)
    comparing.show_comparison(ask(request), as_json=as_json)
    return DONE


@cli.command()
def doctor(as_json: Json = False) -> int:
    """Say what this machine has, and what is missing."""
    return output.show_diagnoses(ask(Diagnose()), as_json=as_json)
