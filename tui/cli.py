"""Entry point of `bertcls-tui`: run a verb, or open the application without arguments."""

import signal
import sys
from types import FrameType

from core.problems import Problem
from core.runs.directory import default_runs_dir
from tui.opening import open_app
from tui.streams import open_streams, report_loss
from tui.terminal import DONE, FAILED, INTERRUPTED, NOTHING_STARTED, TERMINATED, report_error


def main() -> None:
    """Run `bertcls-tui` and exit. Problems are printed as a sentence, not as a traceback."""
    open_streams()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        # Without arguments, typer is not imported: the first screen appears sooner.
        code = _run_verb() if sys.argv[1:] else open_app(default_runs_dir())
    except Problem as problem:
        code = report_error(str(problem), NOTHING_STARTED)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OSError as error:
        if error.filename is None:
            raise
        code = report_error(f"{error.filename}: {error.strerror}.", FAILED)
    if report_loss() and code == DONE:
        code = FAILED
    sys.exit(code)


def _terminate(number: int, frame: FrameType | None) -> None:
    """Leave what is under way as on Ctrl-C, so that the terminal is restored."""
    sys.exit(TERMINATED)


def _run_verb() -> int:
    from tui.engine.client import EngineFault
    from tui.verbs import run_verb

    try:
        return run_verb()
    except EngineFault as fault:
        return report_error(str(fault), FAILED)
