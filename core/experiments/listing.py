"""Find and list experiments and runs, with their states."""

from pathlib import Path
from typing import Literal

import msgspec

from core.experiments.directory import FILE, ExperimentDirectory, Member
from core.problems import Problem
from core.runs.directory import RunDirectory
from core.runs.listing import RunLister, RunSummary, find_run, summarize
from core.runs.process_directory import changed_at, check_top, is_there
from core.runs.state import RunState

ExperimentState = Literal["starting", "training", "finished", "stopped", "failed", "interrupted"]
MemberState = RunState | Literal["waiting"]

# The states of a trained member.
OVER: tuple[MemberState, ...] = ("finished", "early stopped")
# The states from which an experiment can be resumed.
RESUMABLE: tuple[ExperimentState, ...] = ("stopped", "failed", "interrupted")


class MemberSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A run of an experiment. `run` is None before its training starts."""

    name: str
    model: str
    seed: int
    state: MemberState
    run: RunSummary | None = None


class ExperimentSummary(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="experiment"):
    """An experiment in the list of runs. Times are seconds since the epoch."""

    name: str
    path: str
    state: ExperimentState
    members: list[MemberSummary]
    started_at: float
    updated_at: float
    error: str = ""

    @property
    def trained(self) -> int:
        """Number of trained members."""
        return sum(member.state in OVER for member in self.members)

    @property
    def current(self) -> MemberSummary | None:
        """The member in training."""
        return next((member for member in self.members if is_busy(member.state)), None)

    @property
    def models(self) -> list[str]:
        """The models, without duplicates."""
        return list(dict.fromkeys(member.model for member in self.members))


def state_of(
    experiment: ExperimentDirectory, members: list[MemberState], *, is_alive: bool, is_launching: bool
) -> ExperimentState:
    """Return the state of an experiment from those of its members and its process."""
    if is_alive:
        return "training" if any(state != "waiting" for state in members) else "starting"
    if is_launching:
        return "starting"
    if all(state in OVER for state in members):
        return "finished"
    if all(state in (*OVER, "failed") for state in members):
        return "failed"
    if all(state in (*OVER, "failed", "stopped") for state in members):
        return "stopped"
    was_stopped = changed_at(experiment.commands) > changed_at(experiment.launch_mark)
    return "stopped" if was_stopped else "interrupted"


def state_of_member(experiment: ExperimentDirectory, member: Member) -> MemberState:
    """Return the current state of `member`."""
    run = experiment.run_of(member)
    return summarize(run).state if run.config.is_file() else "waiting"


def finished_members(experiment: ExperimentDirectory) -> list[Member]:
    """Return the members that are trained and tested, and so can be compared."""
    return [
        member
        for member in experiment.members
        if experiment.run_of(member).outcomes.is_file() and state_of_member(experiment, member) in OVER
    ]


class Lister:
    """Lists the runs and experiments of a folder repeatedly and reads only new events each time."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir
        self._runs = RunLister(runs_dir)
        self._members: dict[Path, RunLister] = {}

    def read(self) -> list[RunSummary | ExperimentSummary]:
        """List all runs and experiments, the newest first. A missing folder has none."""
        found: list[RunSummary | ExperimentSummary] = [*self._runs.read()]
        known, self._members = self._members, {}
        for file in self._runs_dir.absolute().glob(f"*/{FILE}"):
            experiment = ExperimentDirectory(file.parent)
            self._members[experiment.path] = known.get(experiment.path) or RunLister(experiment.path)
            try:
                check_top(experiment.path)
                found.append(_summary(experiment, self._members[experiment.path]))
            except FileNotFoundError:
                continue  # deleted meanwhile
            except Problem as problem:
                found.append(_unreadable(experiment, str(problem)))
            except OSError as error:
                found.append(_unreadable(experiment, f"The experiment cannot be read ({error.strerror})."))
        return sorted(found, key=lambda summary: summary.started_at, reverse=True)


def _unreadable(experiment: ExperimentDirectory, error: str) -> ExperimentSummary:
    """Summarize an experiment that cannot be read."""
    listed_at = changed_at(experiment.file)
    return ExperimentSummary(
        name=experiment.name,
        path=str(experiment.path),
        state="failed",
        members=[],
        started_at=listed_at,
        updated_at=listed_at,
        error=error,
    )


def summarize_experiment(experiment: ExperimentDirectory) -> ExperimentSummary:
    """Summarize `experiment` for the list of runs."""
    return _summary(experiment, RunLister(experiment.path))


def _summary(experiment: ExperimentDirectory, runs: RunLister) -> ExperimentSummary:
    launched_at = experiment.file.stat().st_mtime
    # Check the lock first: a process that ends after this has waited for its trainer.
    launching, alive = experiment.is_launching, experiment.is_alive
    summaries = {summary.name: summary for summary in runs.read()}
    try:
        members, error = [_member(member, summaries.get(member.name)) for member in experiment.members], ""
    except Problem as problem:
        members, error = [], str(problem)
    states = [member.state for member in members]
    return ExperimentSummary(
        name=experiment.name,
        path=str(experiment.path),
        state="failed" if error else state_of(experiment, states, is_alive=alive, is_launching=launching),
        members=members,
        started_at=min((run.started_at for run in summaries.values()), default=launched_at),
        updated_at=max((run.updated_at for run in summaries.values()), default=launched_at),
        error=error,
    )


def _member(member: Member, run: RunSummary | None) -> MemberSummary:
    return MemberSummary(
        name=member.name,
        model=member.model,
        seed=member.seed,
        state=run.state if run else "waiting",
        run=run,
    )


def find(runs_dir: Path, name: str | None) -> RunDirectory | ExperimentDirectory:
    """Open the run or experiment called `name` in `runs_dir`, or at the path `name`; by default the newest.

    A run of an experiment is named `EXPERIMENT/RUN`.

    Raises:
        Problem: there is no such run.
    """
    if name is None:
        newest = next(iter(Lister(runs_dir).read()), None)
        if isinstance(newest, ExperimentSummary):
            return ExperimentDirectory(Path(newest.path))
        return find_run(runs_dir, newest.name if newest else None)
    for path in (runs_dir / name, Path(name)):
        if is_there(path / FILE):
            return ExperimentDirectory.open(path)
        if is_there(path / "config.toml"):
            return RunDirectory.open(path)
    return find_run(runs_dir, name)


def find_one_run(runs_dir: Path, name: str) -> RunDirectory:
    """Open the run called `name`; see `find`.

    Raises:
        Problem: there is no such run, or it is an experiment.
    """
    found = find(runs_dir, name)
    if isinstance(found, RunDirectory):
        return found
    runs = ", ".join(f"{found.name}/{member.name}" for member in found.members)
    raise Problem("this is an experiment of several runs", where=name, mend=f"Choose one of them: {runs}.")


def open_listed(summary: RunSummary | ExperimentSummary) -> RunDirectory | ExperimentDirectory:
    """Open a run or experiment of the list.

    Raises:
        Problem: it no longer exists.
    """
    kind = ExperimentDirectory if isinstance(summary, ExperimentSummary) else RunDirectory
    return kind.open(Path(summary.path))


def is_busy(state: MemberState) -> bool:
    """Whether a trainer is running."""
    return state in ("starting", "training", "paused", "waiting for disk space", "finishing")
