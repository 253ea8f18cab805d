"""Entry point of `bertcls-tui`: run a verb, or open the application without arguments."""

import os
import sys

from core.problems import Problem
from core.runs.directory import default_runs_dir
from tui.opening import open_app
from tui.terminal import FAILED, INTERRUPTED, NOTHING_STARTED, report_error


def main() -> None:
    """Run `bertcls-tui` and exit. Problems are printed as a sentence, not as a traceback."""
    try:
        # Without arguments, typer is not imported: the first screen appears sooner.
        code = _run_verb() if sys.argv[1:] else open_app(default_runs_dir())
    except Problem as problem:
        code = report_error(str(problem), NOTHING_STARTED)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of the pipe is gone. Python would fail again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    except OSError as error:
        if error.filename is None:
            raise
        code = report_error(f"{error.filename}: {error.strerror}.", FAILED)
    sys.exit(code)


def _run_verb() -> int:
    from tui.engine.client import EngineFault
    from tui.verbs import run_verb

    try:
        return run_verb()
    except EngineFault as fault:
        return report_error(str(fault), FAILED)
