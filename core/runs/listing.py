"""Find runs and say in what state they are."""

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
    """One line of the list of runs. Times are seconds since the epoch."""

    name: str
    path: str
    state: RunState
    model: str
    step: int
    max_steps: int | None
    metric: str
    """Which validation metric selects the best checkpoint."""
    best: float | None
    best_step: int | None
    test_accuracy: float | None
    """Of sets of labels the share of texts whose whole set is right."""
    is_multi_label: bool = False
    started_at: float
    updated_at: float
    error: str = ""
    silent_seconds: float | None = None
    """How long the trainer gave no sign, where that is longer than its rhythm explains."""


class _Reading:
    """A run whose events are read as they come."""

    def __init__(self, run: RunDirectory, *, every_step: bool) -> None:
        self._events = run.events
        self._file = _identity(run.events)
        self._follower = EventFollower(run.events, every_step=every_step)
        self._history = History()

    @property
    def goes_on(self) -> bool:
        """Whether its file is still the one that was read: none that was copied there, or cut."""
        file = _identity(self._events)
        return file[0] == self._file[0] and file[1] >= self._follower.offset

    def catch_up(self) -> History:
        for events in self._follower.pieces():
            self._history.extend(events)
        return self._history


def _identity(path: Path) -> tuple[int, int]:
    """Inode and size of a file; zeros when there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_size


class RunLister:
    """Lists the runs in a folder again and again, and reads only what is new in them."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir
        self._readings: dict[Path, _Reading] = {}

    def read(self) -> list[RunSummary]:
        """All runs, the newest first. A folder that is not there has none."""
        found: dict[Path, _Reading] = {}
        summaries = []
        for path in self._runs_dir.absolute().glob("*/config.toml"):
            run = RunDirectory(path.parent)
            try:
                check_top(run.path)
                run_format.check(run.path)
                known = self._readings.get(run.path)
                found[run.path] = known if known and known.goes_on else _Reading(run, every_step=False)
                summaries.append(_summary(run, found[run.path]))
            except FileNotFoundError:
                continue  # deleted while it was looked at
            except Problem as problem:
                summaries.append(_unreadable(run, str(problem)))
            except OSError as error:
                summaries.append(_unreadable(run, f"It cannot be read ({error.strerror})."))
        self._readings = found
        return sorted(summaries, key=lambda summary: summary.started_at, reverse=True)


def list_runs(runs_dir: Path) -> list[RunSummary]:
    """All runs in `runs_dir`, the newest first. A folder that is not there has none."""
    return RunLister(runs_dir).read()


def summarize(run: RunDirectory) -> RunSummary:
    """One line about `run`.

    Raises:
        Problem: a newer program wrote it.
    """
    run_format.check(run.path)
    return _summary(run, _Reading(run, every_step=False))


def _summary(run: RunDirectory, reading: _Reading) -> RunSummary:
    created = run.config.stat().st_mtime
    # Liveness first: a trainer that ends in between has written all its events before it let go.
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
    """A line about a run that this program does not understand."""
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
    """The run called `name` in `runs_dir`, or at that path; without a name the newest.

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
