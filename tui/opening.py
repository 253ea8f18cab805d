"""Open the application."""

import gc
from pathlib import Path

from core.problems import Problem
from tui.terminal import DONE, is_interactive


def open_home(runs_dir: Path) -> int:
    """Open the application on the list of the runs in `runs_dir`.

    Raises:
        Problem: there is no terminal to open it in.
    """
    if not is_interactive():
        raise Problem(
            "there is no terminal to open a screen in", mend="`bertcls-tui --help` shows the verbs."
        )
    # Collecting while modules load finds nothing; the app switches it on again after its first paint.
    gc.disable()
    from tui.app import BertclsApp

    app = BertclsApp(runs_dir)
    app.run()
    return app.return_code or DONE
