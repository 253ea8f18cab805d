"""The options that are settings of a run, by section: every verb has them in the same words."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from tui.verbs.grouping import Options
from tui.verbs.options import Encoding, TextColumn

ModelName = Annotated[
    str | None, typer.Option(help="Hub name, folder, minilm, cnn or rnn [bert-base-cased].")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any setting; the other options win.", metavar="section.key=value"),
]


@dataclass(frozen=True, kw_only=True)
class RowOptions(Options):
    """How rows are read, of whatever data."""

    section: ClassVar[str] = "data"
    text_column: TextColumn = None
    label_column: Annotated[str | None, typer.Option(help="Column of the labels [found].")] = None
    label_delimiter: Annotated[
        str | None, typer.Option(help="Divides the labels of a text that can have several (joy,love).")
    ] = None
    subset: Annotated[str | None, typer.Option(help="Configuration of a Hub data set.")] = None
    encoding: Encoding = None
    drop_bad_rows: Annotated[
        bool | None, typer.Option("--drop-bad-rows", help="Go on without rows that lack text or label.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class DataOptions(RowOptions):
    """Data with splits."""

    validation: Annotated[str | None, typer.Option(help="Validation file [a part of DATA].")] = None
    test: Annotated[str | None, typer.Option(help="Test file, used once, when a run ends.")] = None


@dataclass(frozen=True, kw_only=True)
class ModelOptions(Options):
    """What is read of a text."""

    section: ClassVar[str] = "model"
    max_length: Annotated[int | None, typer.Option(help="Longest text in tokens [512].")] = None
    long_text: Annotated[
        str | None,
        typer.Option(help="What is read of longer texts [head].", metavar="head|tail|head-tail|windows"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(Options):
    """How is learned."""

    section: ClassVar[str] = "training"
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate [the model's].")] = None
    train_batch_size: Annotated[int | None, typer.Option(help="Texts in a training step [8].")] = None
    eval_batch_size: Annotated[int | None, typer.Option(help="Texts evaluated at once [any].")] = None
    max_steps: Annotated[int | None, typer.Option(help="Length of training [from the data].")] = None
    epochs: Annotated[float | None, typer.Option(help="Length of training, in place of --max-steps.")] = None
    eval_steps: Annotated[int | None, typer.Option(help="Steps between evaluations [from the data].")] = None
    class_weights: Annotated[
        str | None,
        typer.Option(help="Whether rare labels weigh more in training [none].", metavar="none|balanced"),
    ] = None
    precision: Annotated[
        str | None, typer.Option(help="How it computes [auto].", metavar="auto|bf16|fp32")
    ] = None
    on_nan: Annotated[
        str | None,
        typer.Option(help="When the loss is no number [rollback].", metavar="stop|rollback"),
    ] = None
    compile: Annotated[
        str | None, typer.Option(help="torch.compile, on a GPU only [auto].", metavar="auto|on|off")
    ] = None
    device: Annotated[
        str | None, typer.Option(help="Where to compute [auto].", metavar="auto|cpu|cuda|cuda:N")
    ] = None


@dataclass(frozen=True, kw_only=True)
class StoppingOptions(Options):
    """Which checkpoint is the best, and when no better one is waited for."""

    section: ClassVar[str] = "stopping"
    patience: Annotated[int | None, typer.Option(help="Evaluations without a new best [5].")] = None
    metric: Annotated[
        str | None,
        typer.Option(
            help="What selects the best checkpoint [accuracy; macro_f1 of sets of labels].",
            metavar="accuracy|macro_f1|micro_f1|loss",
        ),
    ] = None
