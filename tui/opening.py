"""Open the application."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.problems import Problem
from core.text.plain import plain
from tui.garbage import disable_collection
from tui.terminal import DONE, is_interactive, no_screen

if TYPE_CHECKING:
    from core.config import RunConfig
    from core.experiments.directory import ExperimentDirectory
    from core.protocol import Evaluate
    from core.runs.directory import RunDirectory


def open_app(
    runs_dir: Path,
    *,
    run: "RunDirectory | None" = None,
    experiment: "ExperimentDirectory | None" = None,
    evaluation: "Evaluate | None" = None,
    data: "RunConfig | None" = None,
    read_only: bool = False,
    mend: str = "`bertcls-tui --help` lists the commands.",
) -> int:
    """Open the application; print its parting message and return its exit code when it is left.

    Args:
        runs_dir: folder of the runs, listed on the first screen unless another is named.
        run: watch this run instead.
        experiment: watch this experiment instead.
        evaluation: show this evaluation instead.
        data: show the data of this configuration instead.
        read_only: offer no keys that change a run.
        mend: advice for where there is no terminal.

    Raises:
        Problem: standard input and output are not a terminal that can show a screen.
    """
    if not is_interactive():
        raise Problem(no_screen(), mend=mend)
    disable_collection()
    from tui.app import BertclsApp
    from tui.drawing import prepare_screen

    app = BertclsApp(
        runs_dir,
        run=run,
        experiment=experiment,
        evaluation=evaluation,
        data=data,
        read_only=read_only,
        note=prepare_screen(),
    )
    parting = app.run()
    if not app.return_code and parting:
        sys.stdout.write(f"{plain(parting)}\n")
    return app.return_code or DONE
