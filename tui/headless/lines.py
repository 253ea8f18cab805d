"""RunLines: turns the events of a run into printed lines."""

import time

from core.runs.directory import RunDirectory
from core.runs.events import (
    AnyEvent,
    Blocked,
    Evaluation,
    Launched,
    MemoryShort,
    RolledBack,
    RunEnded,
    RunStarted,
    Stopping,
    Unblocked,
    Warned,
)
from core.runs.history import History
from core.runs.improvement import still_improving
from core.runs.state import state_of, unresponsive_seconds
from tui.wording import run as wording


class RunLines:
    """Reduces the events of a run to its history, and turns each into lines of text.

    Args:
        run: the run.
        is_member: it belongs to an experiment: each line begins with its name, and what all runs of an
            experiment share is not repeated.
    """

    def __init__(self, run: RunDirectory, *, is_member: bool = False) -> None:
        self.run = run
        self.history = History()
        self.has_started = False
        """Whether the newest trainer has begun to train."""
        self._is_member = is_member
        self._prefix = f"{run.name}: " if is_member else ""
        # `seq` of the evaluation that was printed last: a resumed run repeats the state of early stopping.
        self._evaluated = 0
        self._count, self._counted_at = 0, time.monotonic()
        self._is_unresponsive = False

    def add(self, event: AnyEvent) -> list[str]:
        """Add an event in the order of the file; return its lines, often none."""
        self.history.apply(event)
        return [self._prefix + line for line in self._lines(event)]

    def heartbeat(self, *, is_alive: bool) -> list[str]:
        """Return a line when the trainer stops responding, and when it responds again.

        Args:
            is_alive: whether its process is there.
        """
        now, was_responding = time.monotonic(), not self._is_unresponsive
        if self.history.count != self._count:
            self._count, self._counted_at = self.history.count, now
        state = state_of(self.history, is_alive=is_alive)
        quiet = unresponsive_seconds(self.history, state, now - self._counted_at)
        self._is_unresponsive = quiet is not None
        if quiet is not None and was_responding:
            return [self._prefix + wording.not_responding(quiet)]
        if quiet is None and not was_responding and is_alive:
            return [self._prefix + wording.RESPONDING_AGAIN]
        return []

    def _lines(self, event: AnyEvent) -> list[str]:
        match event:
            case Launched():
                self.has_started = False
            case RunStarted():
                return self._start(event)
            case Stopping():
                return self._evaluation(event)
            case Evaluation(split="test"):
                return [wording.test(event)]
            case RolledBack():
                return [wording.warning(wording.rolled_back(event))]
            case MemoryShort():
                return [wording.warning(wording.memory_short(event))]
            case Blocked():
                return [wording.blocked(event)]
            case Unblocked():
                return [wording.unblocked(event)]
            case Warned(message=message) if not self._is_of_plan(message):
                return [wording.warning(message)]
            case RunEnded():
                return self._end(event)
        return []

    def _start(self, event: RunStarted) -> list[str]:
        if self.has_started:
            return []  # after a rollback, which has its own line
        self.has_started = True
        plan = self.history.plan or event.plan
        if self._is_member:
            return wording.member_started(event, plan)
        return wording.started(self.run.name, event, plan)

    def _evaluation(self, event: Stopping) -> list[str]:
        newest = self.history.evaluations[-1] if self.history.evaluations else None
        if newest is None or self.history.plan is None:
            return []
        if newest.step != event.step or newest.seq <= self._evaluated:
            return []
        self._evaluated = newest.seq
        return [wording.evaluation(self.history)]

    def _end(self, event: RunEnded) -> list[str]:
        lines = [*wording.ended(event), *map(wording.warning, still_improving(self.history))]
        if self._is_member:
            return lines
        if event.reason in ("failed", "refused"):
            return []  # printed as an error, with the exit code
        return [*lines, *wording.remains(self.run, event)]

    def _is_of_plan(self, warning: str) -> bool:
        """Whether a warning was printed with the plan."""
        return self.history.plan is not None and warning in self.history.plan.warnings
