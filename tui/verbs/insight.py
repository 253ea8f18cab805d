"""Verbs that look into a model: why a text gets its label, and texts that are watched while it learns."""

from typing import Annotated

import typer

from core.experiments.listing import find_one_run
from core.protocol import Explain
from core.runs import probes
from core.runs.directory import default_runs_dir
from tui.engine.blocking import ask
from tui.printing import explanation as insight
from tui.terminal import DONE
from tui.verbs.options import Device, Json, Run, RunsDir, Which, cli, which_of


@cli.command()
def explain(
    run: Run,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is classified.")],
    label: Annotated[str | None, typer.Option(help="Label to explain [the predicted one].")] = None,
    which: Which = "best",
    device: Device = "auto",
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Say why a text gets its label: how much each word speaks for it. Needs bertcls-tui[explain]."""
    found = find_one_run(runs_dir or default_runs_dir(), run)
    request = Explain(str(found.path), text, which_of(which), label, device)
    insight.show_explanation(text, ask(request), as_json=as_json)
    return DONE


@cli.command()
def probe(
    run: Run,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Texts to pin; none lists those there are."),
    ] = None,
    unpin: Annotated[bool, typer.Option("--unpin", help="Take the pin from the texts.")] = False,
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Pin texts that are classified again at every checkpoint, and show what was said of them."""
    found = find_one_run(runs_dir or default_runs_dir(), run)
    change = probes.unpin if unpin else probes.pin
    change(found.path, texts or [])
    insight.show_probes(found, as_json=as_json)
    return DONE
