"""Runs as the public functions take them."""

from pathlib import Path

from core.experiments.listing import find_one_run
from core.runs.directory import RunDirectory, default_runs_dir
from core.runs.listing import RunSummary

RunName = str | Path | RunSummary
"""The name of a run (`EXPERIMENT/RUN` inside an experiment), the path of its folder, or its summary."""


def find_run(run: RunName, runs_dir: str | Path | None) -> RunDirectory:
    """Open a run.

    Args:
        run: its name, path or summary.
        runs_dir: folder in which names are looked up; by default $BERTCLS_RUNS_DIR, or `runs`.

    Raises:
        Problem: there is no such run.
    """
    if isinstance(run, RunSummary):
        return RunDirectory.open(Path(run.path))
    return find_one_run(Path(runs_dir) if runs_dir else default_runs_dir(), str(run))
