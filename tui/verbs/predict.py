"""The verbs that classify texts: `predict`, `explain` and `probe`."""

import contextlib
import io
import locale
import os
import sys
from typing import Annotated

import typer

from core.config import build_config
from core.experiments.listing import find_one_run
from core.problems import Problem
from core.protocol import Explain, Predict, PredictFile
from core.runs import probes
from core.runs.directory import default_runs_dir
from tui.engine.blocking import ask
from tui.headless.file_prediction import predict_file
from tui.printing.explanation import show_explanation, show_probes
from tui.printing.results import show_file_predictions, show_predictions
from tui.streams import forgive_loss
from tui.terminal import DONE, INTERRUPTED, report_error
from tui.verbs.command_line import VerbCommand, cli, verb
from tui.verbs.options import Device, Json, ReadingOptions, Run, RunsDir, Which, which_of


@verb
def predict(
    *,
    run: Run,
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="Texts to classify.")] = None,
    file: Annotated[
        str | None,
        typer.Option(
            help="Texts to classify: any data that train reads, without labels; or .txt, one a line."
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--output", help="Output file: the rows of --file plus predictions.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
    which: Which = "best",
    reading: ReadingOptions,
    device: Device = "auto",
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Classify texts, the lines of standard input, or a file.

    A file may be larger than memory. After an interruption, run the same command to continue.
    """
    found = find_one_run(runs_dir or default_runs_dir(), run)
    if file is None:
        if to is not None or overwrite:
            option = "--overwrite" if to is None else "--output"
            raise Problem(f"{option} needs --file", mend="Name the file to classify.")
        chosen = [_readable(text) for text in texts or ()] or _lines_of_standard_input(reading.encoding)
        answer = ask(Predict(str(found.path), chosen, which_of(which), device))
        show_predictions(answer, chosen, as_json=as_json)
        return DONE
    if texts:
        raise Problem("texts and --file were both given", mend="Give one of them.")
    if to is None:
        raise Problem("--file needs --output", mend="Name the file to write, such as predictions.csv.")
    written = predict_file(
        PredictFile(
            str(found.path),
            file,
            to,
            which_of(which),
            reading=build_config(reading.layer).data,
            device=device,
            overwrite=overwrite,
        )
    )
    if written is None:
        return INTERRUPTED
    show_file_predictions(written, as_json=as_json)
    return forgive_loss(DONE)


@cli.command(cls=VerbCommand)
def explain(
    run: Run,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Text to classify.")],
    label: Annotated[str | None, typer.Option(help="Label to explain [the predicted one].")] = None,
    which: Which = "best",
    device: Device = "auto",
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Show how much each word contributes to a label. Needs bertcls-tui[explain]."""
    found = find_one_run(runs_dir or default_runs_dir(), run)
    text = _readable(text)
    request = Explain(str(found.path), text, which_of(which), label, device)
    show_explanation(text, ask(request), as_json=as_json)
    return DONE


@cli.command(cls=VerbCommand)
def probe(
    run: Run,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="Texts to pin; without any, list the pinned ones."),
    ] = None,
    unpin: Annotated[bool, typer.Option("--unpin", help="Unpin the texts.")] = False,
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Pin texts that are classified at every checkpoint. Prints their predictions."""
    found = find_one_run(runs_dir or default_runs_dir(), run)
    chosen = [_readable(text) for text in texts or ()]
    if unpin:
        pinned = probes.read(found.path)
        for text in chosen:
            if text not in pinned:
                report_error(f"not pinned: {text}", DONE)
    change = probes.unpin if unpin else probes.pin
    change(found.path, chosen)
    show_probes(found, as_json=as_json)
    return DONE


def _readable(argument: str) -> str:
    """A text of the command line; UTF-8 where it is not in the encoding of the locale."""
    try:
        argument.encode()
    except UnicodeEncodeError:  # its bytes have become lone surrogates
        with contextlib.suppress(UnicodeDecodeError):
            return os.fsencode(argument).decode()
    return argument


def _lines_of_standard_input(encoding: str | None) -> list[str]:
    """The lines that are piped in, each a text.

    Args:
        encoding: by default UTF-8, or that of the locale where they are not UTF-8, which is said.

    Raises:
        Problem: nothing is piped in, or it is not in that encoding.
    """
    data = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    try:
        text = data.decode(encoding or "utf-8-sig")
    except LookupError:
        raise Problem(f"unknown encoding {encoding!r}", where="--encoding", mend="Try latin-1.") from None
    except UnicodeError as error:
        found = None if encoding else _decoded_as_the_locale_says(data)
        if found is None:
            raise _undecodable(data, encoding or "UTF-8", getattr(error, "start", 0)) from None
        text = found
    lines = io.StringIO(text, newline=None).read().rstrip("\n").split("\n")
    if lines == [""]:
        raise Problem("no text to classify", mend="Give texts, --file FILE --output FILE, or pipe lines in.")
    return lines


def _decoded_as_the_locale_says(data: bytes) -> str | None:
    """Texts in the encoding of the locale, which is said; None if they are not in it."""
    encoding = locale.getencoding()
    try:
        text = data.decode(encoding)
    except UnicodeError:
        return None
    report_error(
        f"standard input is read as {encoding}, the encoding of the locale (--encoding overrules it)", DONE
    )
    return text


def _undecodable(data: bytes, encoding: str, start: int) -> Problem:
    """Data that have other bytes than `encoding` at `start`."""
    line = data.count(b"\n", 0, start) + 1
    mend = "Name its encoding with --encoding, such as latin-1."
    return Problem(f"line {line} is not {encoding}", where="standard input", mend=mend)
