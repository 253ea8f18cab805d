"""The verb that writes reports."""

from pathlib import Path
from typing import Annotated

import typer

from core.experiments.listing import find_one_run
from core.protocol import WriteReport
from core.runs.directory import default_runs_dir
from tui.engine.blocking import ask
from tui.printing import report as reporting
from tui.terminal import DONE
from tui.verbs.options import Json, Run, RunsDir, cli


@cli.command()
def report(
    run: Run,
    to: Annotated[
        Path | None,
        typer.Option("--output", help="A folder, or a file ending in .md or .html [default: in the run]."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what --output names if it is there.")
    ] = False,
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Write all there is to say of a run as Markdown and as HTML, each in one file.

    Also of a run that is not over yet. With --json everything is printed as well.
    """
    found = find_one_run(runs_dir or default_runs_dir(), run)
    output = str(to.absolute()) if to else None
    reporting.show_report(ask(WriteReport(str(found.path), output, overwrite)), as_json=as_json)
    return DONE
