"""The folder of the runs, and how a command names a run in it."""

import os
import shlex
from pathlib import Path

_RUNS_DIR_VARIABLE = "BERTCLS_RUNS_DIR"


def default_runs_dir() -> Path:
    """Folder of the runs where no option names one: $BERTCLS_RUNS_DIR, or `runs` here."""
    return Path(os.environ.get(_RUNS_DIR_VARIABLE) or "runs")


def reference(path: Path) -> str:
    """How a command names the run or experiment at `path`: by its name where that is enough."""
    is_default = path.parent == default_runs_dir().expanduser().absolute()
    return shlex.quote(path.name if is_default else str(path))
