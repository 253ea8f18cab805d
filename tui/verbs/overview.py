"""The command without a verb, and the verbs `list` and `doctor`."""

from importlib import metadata
from typing import Annotated

import typer

from core.experiments.listing import Lister
from core.protocol import Diagnose
from core.runs.directory import default_runs_dir
from tui.engine.blocking import ask
from tui.opening import open_app
from tui.printing import results
from tui.terminal import DONE
from tui.verbs.command_line import VerbCommand, cli
from tui.verbs.options import Json, RunsDir


@cli.callback(invoke_without_command=True)
def home(
    context: typer.Context,
    runs_dir: RunsDir = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> int:
    """Without a command, open the list of runs."""
    if version:
        typer.echo(metadata.version("bertcls-tui"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        return open_app(runs_dir or default_runs_dir())
    if runs_dir is not None:
        # Verbs without runs ignore it; an option after the verb overrides it.
        context.default_map = {context.invoked_subcommand: {"runs_dir": runs_dir}}
    return DONE


@cli.command("list", cls=VerbCommand)
def list_(runs_dir: RunsDir = None, as_json: Json = False) -> int:
    """List runs and experiments, newest first."""
    folder = runs_dir or default_runs_dir()
    results.show_runs(Lister(folder).read(), folder, as_json=as_json)
    return DONE


@cli.command(cls=VerbCommand)
def doctor(as_json: Json = False) -> int:
    """Check what is installed on this machine and what is missing."""
    return results.show_diagnoses(ask(Diagnose()), as_json=as_json)
