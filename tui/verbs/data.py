"""Verbs that look at data before training: on standard output, and on a screen."""

from typing import Annotated, Any

import typer

from core.config import ModelConfig, RunConfig, build_config
from core.problems import Problem
from tui import asking, checking
from tui.cli import default_runs_dir
from tui.terminal import has_screen
from tui.verbs.options import (
    LONG_TEXTS,
    Data,
    Delimiter,
    Drop,
    Encoding,
    Json,
    Label,
    RunsDir,
    Subset,
    Text,
    cli,
)

_MODEL = ModelConfig()
_Model = Annotated[str, typer.Option("--model", help="Whose tokenizer counts.")]
_MaxLength = Annotated[int, typer.Option("--max-length", help="Longest text in tokens.")]
_LongText = Annotated[
    str, typer.Option("--long-text", help="What is read of longer texts.", metavar=LONG_TEXTS)
]
_Validation = Annotated[str | None, typer.Option("--validation", help="Validation file.")]
_Test = Annotated[str | None, typer.Option("--test", help="Test file.")]


@cli.command()
def check(
    data: Data,
    model: _Model = _MODEL.name,
    max_length: _MaxLength = _MODEL.max_length,
    long_text: _LongText = _MODEL.long_text,
    validation: _Validation = None,
    test: _Test = None,
    text_column: Text = None,
    label_column: Label = None,
    label_delimiter: Delimiter = None,
    encoding: Encoding = None,
    subset: Subset = None,
    drop_bad_rows: Drop = False,
    label_errors: Annotated[
        bool, typer.Option("--label-errors", help="Look for labels that are probably wrong, too.")
    ] = False,
    rows: Annotated[
        str | None, typer.Option(help="Print all rows of one finding instead.", metavar="FINDING")
    ] = None,
    as_json: Json = False,
) -> int:
    """Report on data before training: problems, rows, labels, lengths, and what the checks find."""
    config = _config(
        model,
        max_length,
        long_text,
        train=data,
        validation=validation,
        test=test,
        text_column=text_column,
        label_column=label_column,
        label_delimiter=label_delimiter,
        encoding=encoding,
        subset=subset,
        drop_bad_rows=drop_bad_rows,
    )
    asked: dict[str, Any] = {"config": config.model_dump(exclude_none=True)}
    if rows is not None:
        return checking.show_rows(asked, rows, as_json=as_json)
    report = asking.ask("check", asked | {"label_errors": label_errors})
    return checking.show_check(report, as_json=as_json)


@cli.command()
def data(
    data: Data,
    model: _Model = _MODEL.name,
    max_length: _MaxLength = _MODEL.max_length,
    long_text: _LongText = _MODEL.long_text,
    validation: _Validation = None,
    test: _Test = None,
    text_column: Text = None,
    label_column: Label = None,
    label_delimiter: Delimiter = None,
    encoding: Encoding = None,
    subset: Subset = None,
    drop_bad_rows: Drop = False,
    runs_dir: RunsDir = None,
) -> int:
    """Look at data on a screen: labels, lengths, what the checks find, and its rows."""
    if not has_screen():
        raise Problem("there is no terminal to open a screen in", mend="`bertcls-tui check` prints the same.")
    config = _config(
        model,
        max_length,
        long_text,
        train=data,
        validation=validation,
        test=test,
        text_column=text_column,
        label_column=label_column,
        label_delimiter=label_delimiter,
        encoding=encoding,
        subset=subset,
        drop_bad_rows=drop_bad_rows,
    )
    from tui.app import BertclsApp

    app = BertclsApp(runs_dir or default_runs_dir(), data=config)
    app.run()
    return app.return_code or 0


def _config(model: str, max_length: int, long_text: str, **data: str | bool | None) -> RunConfig:
    read = {"name": model, "max_length": max_length, "long_text": long_text}
    return build_config({"data": data, "model": read})
