"""Find and list runs."""

import time
from pathlib import Path

import msgspec

from core.problems import Problem
from core.runs import run_format
from core.runs.directory import RunDirectory
from core.runs.events import EventFollower
from core.runs.history import History
from core.runs.process_directory import changed_at, check_top, is_there
from core.runs.state import RunState, reason_of, state_of, unresponsive_seconds


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A run in the list of runs. Times are seconds since the epoch."""

    name: str
    path: str
    state: RunState
    model: str
    step: int
    max_steps: int | None
    metric: str
    """Validation metric that selects the best checkpoint."""
    best: float | None
    best_step: int | None
    test_accuracy: float | None
    """Multi-label: exact match, the share of texts with exactly the right labels."""
    is_multi_label: bool = False
    started_at: float
    updated_at: float
    error: str = ""
    silent_seconds: float | None = None
    """Seconds since the last event, if the trainer is not responding."""


class _Reader:
    """Keeps the outline of a run's history up to date: all but the curves of its steps."""

    def __init__(self, run: RunDirectory) -> None:
        self._events = run.events
        self._file = _identity(run.events)
        self._follower = EventFollower(run.events, every_step=False)
        self._history = History()

    @property
    def is_valid(self) -> bool:
        """Whether the file is still the one that was read, neither replaced nor truncated."""
        file = _identity(self._events)
        return file[0] == self._file[0] and file[1] >= self._follower.offset

    def catch_up(self) -> History:
        for events in self._follower.pieces():
            self._history.extend(events)
        return self._history


def _identity(path: Path) -> tuple[int, int]:
    """Return inode and size of a file; zeros if it is missing."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_size


class RunLister:
    """Lists the runs of a folder repeatedly and reads only new events each time."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir
        self._readers: dict[Path, _Reader] = {}

    def read(self) -> list[RunSummary]:
        """List all runs, the newest first. A missing folder has none."""
        found: dict[Path, _Reader] = {}
        summaries = []
        for path in self._runs_dir.absolute().glob("*/config.toml"):
            run = RunDirectory(path.parent)
            try:
                check_top(run.path)
                run_format.check(run.path)
                known = self._readers.get(run.path)
                found[run.path] = known if known and known.is_valid else _Reader(run)
                summaries.append(_summary(run, found[run.path]))
            except FileNotFoundError:
                continue  # deleted meanwhile
            except Problem as problem:
                summaries.append(_unreadable(run, str(problem)))
            except OSError as error:
                summaries.append(_unreadable(run, f"The run cannot be read ({error.strerror})."))
        self._readers = found
        return sorted(summaries, key=lambda summary: summary.started_at, reverse=True)


def list_runs(runs_dir: Path) -> list[RunSummary]:
    """List all runs in `runs_dir`, the newest first. A missing folder has none."""
    return RunLister(runs_dir).read()


def summarize(run: RunDirectory) -> RunSummary:
    """Summarize `run` for the list of runs.

    Raises:
        Problem: its format is newer than this program.
    """
    run_format.check(run.path)
    return _summary(run, _Reader(run))


def _summary(run: RunDirectory, reading: _Reader) -> RunSummary:
    created = run.config.stat().st_mtime
    # Check the lock first: a trainer that ends after this has written all its events before releasing it.
    launching, alive = run.is_launching, run.is_alive
    history = reading.catch_up()
    state = state_of(history, is_alive=alive, is_launching=launching)
    plan, stopping = history.plan, history.stopping
    return RunSummary(
        name=run.name,
        path=str(run.path),
        state=state,
        model=plan.model if plan else "",
        step=history.step,
        max_steps=plan.max_steps if plan else None,
        metric=plan.metric if plan else "",
        best=stopping.best if stopping else None,
        best_step=stopping.best_step if stopping else None,
        test_accuracy=history.test.accuracy if history.test else None,
        is_multi_label=plan.is_multi_label if plan else False,
        started_at=history.started_at or created,
        updated_at=history.updated_at or created,
        error=reason_of(history, state),
        silent_seconds=unresponsive_seconds(history, state, time.time() - changed_at(run.events)),
    )


def _unreadable(run: RunDirectory, error: str) -> RunSummary:
    """Summarize a run that cannot be read."""
    created = changed_at(run.config)
    return RunSummary(
        name=run.name,
        path=str(run.path),
        state="unreadable",
        model="",
        step=0,
        max_steps=None,
        metric="",
        best=None,
        best_step=None,
        test_accuracy=None,
        started_at=created,
        updated_at=created,
        error=error,
    )


def find_run(runs_dir: Path, name: str | None) -> RunDirectory:
    """Open the run called `name` in `runs_dir`, or at the path `name`; without a name, the newest run.

    Raises:
        Problem: there is no such run.
    """
    if name is None:
        runs = list_runs(runs_dir)
        if not runs:
            raise Problem(
                "there are no runs", where=str(runs_dir), mend="Start one with `bertcls-tui train`."
            )
        return RunDirectory.open(Path(runs[0].path))
    path = Path(name)
    if path.parent == Path() and is_there(runs_dir / name / "config.toml"):
        return RunDirectory.open(runs_dir / name)
    if is_there(path / "config.toml"):
        return RunDirectory.open(path)
    return RunDirectory.open(runs_dir / name if path.parent == Path() else path)
