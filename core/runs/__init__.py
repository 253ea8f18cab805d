"""The run directory: plan, events, commands, lock, launch, listing, history. Nothing here imports torch.

`runs(runs_dir)` lists the runs in a folder, the newest first, as `RunSummary`: name, path, state, step, best
validation metric, test accuracy. By default the folder is $BERTCLS_RUNS_DIR, or `runs`; a missing folder has
no runs. The state of a run that cannot be read is "unreadable", and `error` says why.
"""

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.runs.listing import RunSummary


class _Runs(ModuleType):
    """This package, which is also the public function `runs`: one name cannot be both in `core` otherwise."""

    def __call__(self, runs_dir: str | Path | None = None) -> "list[RunSummary]":
        from core.runs.directory import default_runs_dir
        from core.runs.listing import list_runs

        return list_runs(Path(runs_dir) if runs_dir else default_runs_dir())


sys.modules[__name__].__class__ = _Runs
