"""The folder of the runs, and how a command names a run in it."""

import shlex
from pathlib import Path

from core.runs.directory import default_runs_dir


def reference(path: Path) -> str:
    """How a command names the run or experiment at `path`: by its name where that is enough."""
    is_default = path.parent == default_runs_dir().expanduser().absolute()
    return shlex.quote(path.name if is_default else str(path))
