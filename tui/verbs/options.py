"""The command line, and the options that several verbs share."""

from pathlib import Path
from typing import Annotated

import typer

from core.problems import Problem
from core.protocol import OwnSplit
from core.runs import checkpoints

cli = typer.Typer(
    name="bertcls-tui",
    help="Fine-tune BERT text classifiers, watch the training live and try the model, in the terminal.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunsDir = Annotated[Path | None, typer.Option(help="Folder of the runs [default: runs].", show_default=False)]
Headless = Annotated[bool, typer.Option("--headless", help="Print lines in place of the screen.")]
Detach = Annotated[bool, typer.Option("--detach", help="Return when training has begun.")]
DiskWait = Annotated[
    float | None, typer.Option(help="Seconds to wait for room when the disk is full [3600].", min=0)
]
Which = Annotated[str, typer.Option(help="The best or the last checkpoint.", metavar="best|last")]
TextColumn = Annotated[str | None, typer.Option(help="Column of the texts, or FIRST,SECOND [found].")]
Encoding = Annotated[str | None, typer.Option(help="Encoding of files that are neither UTF-8 nor UTF-16.")]
Device = Annotated[str, typer.Option(help="Where to compute.", metavar="auto|cpu|cuda|cuda:N")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="Name of a run, or its folder.")]
Data = Annotated[str, typer.Argument(metavar="DATA", help="A file, a folder, or a data set of the Hub.")]
DataOrConfig = Annotated[
    str | None, typer.Argument(metavar="DATA", help="A file, a folder, or a data set of the Hub.")
]


def which_of(value: str) -> checkpoints.Which:
    """The checkpoint that --which names.

    Raises:
        Problem: it is neither best nor last.
    """
    match value:
        case "best" | "last":
            return value
    raise Problem(f"--which is {value!r}", mend="Write --which best or --which last.")


def split_of(value: str | None) -> OwnSplit | None:
    """The split that --split names.

    Raises:
        Problem: it is neither test nor validation.
    """
    match value:
        case None | "test" | "validation":
            return value
    raise Problem(f"--split is {value!r}", mend="Write --split test or --split validation.")
