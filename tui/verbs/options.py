"""Options that several verbs share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from core.problems import Problem
from core.protocol import OwnSplit
from core.runs import checkpoints
from tui.verbs.command_line import Options


def _not_negative(value: float | None) -> float | None:
    if value is not None and value < 0:
        raise typer.BadParameter(f"{value:g} is less than 0.")
    return value


Run = Annotated[str, typer.Argument(metavar="RUN", help="Name of a run, or its folder.")]
Data = Annotated[
    str, typer.Argument(metavar="DATA", help="File, files, folder, URL, or data set on the Hub.")
]
OptionalData = Annotated[
    str | None, typer.Argument(metavar="DATA", help="File, files, folder, URL, or data set on the Hub.")
]
RunsDir = Annotated[Path | None, typer.Option(help="Folder of the runs [default: runs].", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Headless = Annotated[bool, typer.Option("--headless", help="Print lines instead of opening a screen.")]
Detach = Annotated[bool, typer.Option("--detach", help="Return as soon as training has begun.")]
# Not `min=0`, which the help would show as `<float range> [x>=0]`.
DiskWait = Annotated[
    float | None,
    typer.Option(
        help="Longest wait for disk space in seconds [3600].", metavar="SECONDS", callback=_not_negative
    ),
]
Which = Annotated[str, typer.Option(help="Checkpoint to use.", metavar="best|last")]
Device = Annotated[str, typer.Option(help="Device to compute on.", metavar="auto|cpu|cuda|cuda:N")]
ModelName = Annotated[
    str | None, typer.Option(help="Hub name, folder, minilm, cnn or rnn [bert-base-cased].")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="Any setting, repeatable; other options override it.", metavar="section.key=value"
    ),
]


@dataclass(frozen=True, kw_only=True)
class ReadingOptions(Options):
    """Options for reading rows, of any file."""

    section: ClassVar[str] = "data"
    text_column: Annotated[
        str | None, typer.Option(help="Text column, or FIRST,SECOND for text pairs [detected].")
    ] = None
    encoding: Annotated[str | None, typer.Option(help="Encoding of files that are not UTF-8 or UTF-16.")] = (
        None
    )
    delimiter: Annotated[
        str | None,
        typer.Option(help="Delimiter of the cells: a character, tab, or a sign as ::: [detected]."),
    ] = None
    quote: Annotated[
        str | None, typer.Option(help="Quote around cells [detected].", metavar='"|\'|\\"|none')
    ] = None
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether the first row has column names [detected]."),
    ] = None
    columns: Annotated[
        str | None, typer.Option(help="Column names of a file without a header.", metavar="NAME,NAME...")
    ] = None
    skip_rows: Annotated[int | None, typer.Option(help="Lines to skip above the header [detected].")] = None
    subset: Annotated[
        str | None, typer.Option(help="Configuration of a data set, or sheet of a workbook.")
    ] = None
    drop_bad_rows: Annotated[
        bool | None,
        typer.Option("--drop-bad-rows", help="Drop rows without text or label, and undecodable lines."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class RowOptions(ReadingOptions):
    """Options for reading rows with labels."""

    label_column: Annotated[
        str | None,
        typer.Option(help="Label column, or one 0/1 column per label [detected].", metavar="NAME[,NAME...]"),
    ] = None
    split_column: Annotated[
        str | None,
        typer.Option(help="Column with train, validation or test [detected].", metavar="NAME|none"),
    ] = None
    label_delimiter: Annotated[
        str | None,
        typer.Option(help="Separator of several labels in one cell, or none if there is one [detected]."),
    ] = None
    multi_label: Annotated[
        bool | None,
        typer.Option(
            "--multi-label/--single-label", help="Whether a text can have several labels [detected]."
        ),
    ] = None
    label_names: Annotated[
        str | None, typer.Option(help="Names of the labels 0, 1, 2 and so on.", metavar="NAME,NAME...")
    ] = None
    merge_labels: Annotated[
        list[str] | None,
        typer.Option("--merge-label", help="Count a label as another; repeatable.", metavar="OLD=NEW"),
    ] = None
    drop_labels: Annotated[
        list[str] | None,
        typer.Option("--drop-label", help="Drop the rows with a label; repeatable.", metavar="LABEL"),
    ] = None
    min_label_examples: Annotated[
        int | None, typer.Option(help="Drop labels with fewer training examples [1].")
    ] = None


@dataclass(frozen=True, kw_only=True)
class DataOptions(RowOptions):
    """Options for reading rows, and the files of the other splits."""

    validation: Annotated[str | None, typer.Option(help="Validation file [split off DATA].")] = None
    test: Annotated[str | None, typer.Option(help="Test file, evaluated once, at the end.")] = None


@dataclass(frozen=True, kw_only=True)
class ModelOptions(Options):
    """Options for long texts, and for a given classification head."""

    section: ClassVar[str] = "model"
    head: Annotated[
        str | None,
        typer.Option(
            help="Output layer of a given classifier [auto: by label name].", metavar="auto|new|keep"
        ),
    ] = None
    max_length: Annotated[int | None, typer.Option(help="Maximum tokens read of each text [512].")] = None
    long_text: Annotated[
        str | None,
        typer.Option(help="Part read of longer texts [head].", metavar="head|tail|head-tail|windows"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(Options):
    """Options for training."""

    section: ClassVar[str] = "training"
    learning_rate: Annotated[
        float | None, typer.Option(help="Peak learning rate [depends on the model].")
    ] = None
    train_batch_size: Annotated[int | None, typer.Option(help="Texts per training step [8].")] = None
    eval_batch_size: Annotated[int | None, typer.Option(help="Texts per evaluation batch [automatic].")] = (
        None
    )
    max_steps: Annotated[int | None, typer.Option(help="Training steps [depends on the data].")] = None
    epochs: Annotated[float | None, typer.Option(help="Epochs, instead of --max-steps.")] = None
    eval_steps: Annotated[
        int | None, typer.Option(help="Steps between evaluations [depends on the data].")
    ] = None
    class_weights: Annotated[
        str | None,
        typer.Option(help="Weight of rare labels in the loss [none].", metavar="none|balanced"),
    ] = None
    precision: Annotated[
        str | None, typer.Option(help="Numeric precision [auto].", metavar="auto|bf16|fp32")
    ] = None
    on_nan: Annotated[
        str | None,
        typer.Option(help="Reaction to a loss of NaN [rollback].", metavar="stop|rollback"),
    ] = None
    compile: Annotated[
        str | None, typer.Option(help="Use torch.compile; GPU only [auto].", metavar="auto|on|off")
    ] = None
    device: Annotated[
        str | None, typer.Option(help="Device to train on [auto].", metavar="auto|cpu|cuda|cuda:N")
    ] = None


@dataclass(frozen=True, kw_only=True)
class StoppingOptions(Options):
    """Early stopping, and the choice of the best checkpoint."""

    section: ClassVar[str] = "stopping"
    early_stopping: Annotated[
        bool | None,
        typer.Option(
            "--early-stopping/--no-early-stopping", help="Whether training can stop early [it can]."
        ),
    ] = None
    patience: Annotated[
        int | None,
        typer.Option(help="Evaluations without a new best before training stops [5, at least an epoch]."),
    ] = None
    metric: Annotated[
        str | None,
        typer.Option(
            help="Metric that selects the best checkpoint [accuracy; macro_f1 for several labels a text].",
            metavar="accuracy|macro_f1|micro_f1|loss",
        ),
    ] = None


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
