"""The verbs of `bertcls-tui`: what each takes, and what it does with it."""

from typing import Any

import typer
from typer.exceptions import TyperException

from core.text.plain import plain
from tui.terminal import DONE, INTERRUPTED
from tui.verbs import data, experiments, insight, questions, reports, runs, steering  # noqa: F401 - they add their verbs
from tui.verbs.options import cli


def run_verb() -> int:
    """Parse the command line, do what it says, and return the exit code."""
    try:
        code = cli(standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except TyperException as error:
        shown: Any = error  # the class that can show itself is private
        # It repeats what was typed, which a script may have from anywhere.
        shown.message = "\n".join(map(plain, shown.message.split("\n")))
        shown.show()
        return error.exit_code
    return code if isinstance(code, int) else DONE
