"""The entry point of `bertcls-tui`: the application without arguments, else a verb."""

import gc
import os
import shlex
import sys
from pathlib import Path

from core.problems import Problem
from tui.exits import DONE, FAILED, INTERRUPTED, NOTHING_STARTED, complain
from tui.terminal import has_screen

_RUNS_DIR_VARIABLE = "BERTCLS_RUNS_DIR"


def default_runs_dir() -> Path:
    """Folder of the runs where no option names one: $BERTCLS_RUNS_DIR, or `runs` here."""
    return Path(os.environ.get(_RUNS_DIR_VARIABLE) or "runs")


def reference(path: Path) -> str:
    """How a command names the run or experiment at `path`: by its name where that is enough."""
    is_default = path.parent == default_runs_dir().expanduser().absolute()
    return shlex.quote(path.name if is_default else str(path))


def main() -> None:
    """Run `bertcls-tui` and exit with its code. A person's mistake is a sentence, never a traceback."""
    try:
        # Without the option parser the first screen is there sooner.
        code = _run_verb() if sys.argv[1:] else open_home(default_runs_dir())
    except Problem as problem:
        code = complain(str(problem), NOTHING_STARTED)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has left; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    except OSError as error:
        if error.filename is None:
            raise
        code = complain(f"{error.filename}: it cannot be used ({error.strerror}).", FAILED)
    sys.exit(code)


def open_home(runs_dir: Path) -> int:
    """Open the application on the list of the runs in `runs_dir`.

    Raises:
        Problem: there is no terminal to open it in.
    """
    if not has_screen():
        raise Problem(
            "there is no terminal to open a screen in", mend="`bertcls-tui --help` shows the verbs."
        )
    # Collecting while modules load finds nothing; the app switches it on again after its first paint.
    gc.disable()
    from tui.app import BertclsApp

    app = BertclsApp(runs_dir)
    app.run()
    return app.return_code or DONE


def _run_verb() -> int:
    from tui.engine import EngineFault
    from tui.verbs import run_verb

    try:
        return run_verb()
    except EngineFault as fault:
        return complain(str(fault), FAILED)
