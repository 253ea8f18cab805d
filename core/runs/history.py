"""History: the state of a run, reduced from its events. Nothing else keeps facts about a run."""

from collections.abc import Iterable
from statistics import median
from typing import Self

from core.runs.changes import LEARNING_RATE, SETTINGS, Change, Marker, changed_plan, rejection
from core.runs.directory import RunDirectory
from core.runs.events import (
    Acknowledged,
    AnyEvent,
    Blocked,
    Checkpoint,
    Evaluation,
    EventFollower,
    Launched,
    MemoryShort,
    Probed,
    RolledBack,
    RunEnded,
    RunStarted,
    Stage,
    Step,
    Stopping,
    Unblocked,
    Warned,
)
from core.runs.plan import Plan
from core.runs.remaining_time import STEPS, seconds_left
from core.runs.step_series import StepBlock, StepSeries, condense


class History:
    """The state of a run after its events so far.

    A run resumed from step N trains the steps after N again, so everything recorded for them is dropped.

    Args:
        every_step: keep the figures of every step, not only those of the last.
    """

    def __init__(self, *, every_step: bool = True) -> None:
        self._every_step = every_step
        self.stage = ""
        self.plan: Plan | None = None
        """The plan, with settings changed since."""
        self.changes: list[Change] = []
        """Changes of settings, the oldest first."""
        self.markers: list[Marker] = []
        self.started: RunStarted | None = None
        self.started_at: float | None = None
        """Time of the first start, seconds since the epoch."""
        self.steps = StepSeries()
        self.last_step: Step | None = None
        self.cuts = 0  # how often evaluations were dropped
        self.evaluations: list[Evaluation] = []
        """Evaluations on the validation split, by step."""
        self.test: Evaluation | None = None
        self.stopping: Stopping | None = None
        self.checkpoints: list[Checkpoint] = []
        self.probed: list[Probed] = []
        self.warnings: list[Warned] = []
        self.rollbacks: list[RolledBack] = []
        self.token_budget: int | None = None
        """Tokens of a micro-batch."""
        self.memory_short: MemoryShort | None = None  # the last one
        self.acknowledged: dict[str, Acknowledged] = {}
        """By command id."""
        self.is_started = False
        """Whether the current trainer has made its plan."""
        self.paused = False
        self.blocked: Blocked | None = None
        """The reason why the trainer waits for disk space, if it does."""
        self.ended: RunEnded | None = None
        self.updated_at = 0.0
        """Time of the newest event, seconds since the epoch."""
        # By how much the clock was set back so far. Only the ends of a series of steps count, because an
        # outline does not read the steps between them.
        self._set_back = self._last_end = 0.0
        self.count = 0
        """Number of applied events."""

    @classmethod
    def of(cls, events: Iterable[AnyEvent]) -> Self:
        """Return the history of `events`."""
        history = cls()
        history.extend(events)
        return history

    @property
    def step(self) -> int:
        """The last trained step."""
        if self.last_step is not None:
            return self.last_step.step
        return self.started.resumed_from or 0 if self.started else 0

    @property
    def elapsed(self) -> float | None:
        """Seconds from the first start to the newest event, corrected for a clock that was set back."""
        if self.started_at is None:
            return None
        set_back = self._set_back + max(0.0, self._last_end - self.updated_at)
        return self.updated_at - self.started_at + set_back

    @property
    def best(self) -> Evaluation | None:
        """The best evaluation so far, as judged by early stopping."""
        step = self.stopping.best_step if self.stopping else None
        return next((item for item in reversed(self.evaluations) if item.step == step), None)

    @property
    def best_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint that was the best at the time of writing."""
        return next((item for item in reversed(self.checkpoints) if item.is_best), None)

    @property
    def training_seconds(self) -> float:
        """Seconds spent on steps; a step that was trained again counts once.

        Steps of unknown speed count as the mean of the others.
        """
        known = self._seconds_of_steps(0)
        return sum(known) * (len(self.steps) / len(known)) if known else 0.0

    @property
    def training_speed(self) -> float | None:
        """Texts per second, median over all steps."""
        speeds = [speed for speed in self.steps.documents_per_second if speed > 0]
        return median(speeds) if speeds else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the planned end at the current speed; None if unknown.

        Early stopping may end the run sooner.
        """
        seconds = self._seconds_of_steps(-STEPS)
        if self.plan is None or self.ended is not None or not seconds:
            return None
        done = self.evaluations, self.checkpoints
        return seconds_left(self.plan, self.step, seconds, *done, is_tested=self.test is not None)

    def _seconds_of_steps(self, first: int) -> list[float]:
        """Return the seconds of each step from index `first` on, where known."""
        plan, figures = self.plan, self.steps
        if plan is None:
            return []
        return [
            (plan.train_batch_size if step % plan.steps_per_epoch else plan.last_batch_size) / speed
            for step, speed in zip(figures.step[first:], figures.documents_per_second[first:], strict=True)
            if speed > 0
        ]

    def extend(self, events: Iterable[AnyEvent | StepBlock]) -> None:
        """Apply events in the order of the file; faster than `apply` for many steps."""
        for event in condense(events):
            if isinstance(event, StepBlock):
                self._train(event)
            else:
                self._apply(event)

    def apply(self, event: AnyEvent) -> None:
        """Apply one event. Events must come in the order of the file."""
        if isinstance(event, Step):
            self._train(StepBlock(StepSeries([event]), event))
        else:
            self._apply(event)

    def _apply(self, event: AnyEvent) -> None:
        self.count += 1
        self._end_series(self.updated_at)
        self._end_series(event.time)
        self.updated_at = event.time
        match event:
            case Launched():
                self.ended, self.paused, self.is_started = None, False, False
                self.blocked = None
            case Stage():
                self.stage = event.name
            case RunStarted():
                self._start(event)
            case Evaluation(split="test"):
                self.test = event
            case Evaluation():
                self._drop_evaluations(event.step)
                self.evaluations.append(event)
            case Stopping():
                self.stopping = event
            case Checkpoint():
                self.checkpoints.append(event)
            case Probed():
                self.probed.append(event)
            case Warned():
                self.warnings.append(event)
            case Blocked():
                self.blocked = event
            case Unblocked():
                self.blocked = None
            case RolledBack():
                self._roll_back(event)
            case MemoryShort():
                self.token_budget, self.memory_short = event.token_budget, event
                text = f"out of memory: micro-batches of {event.token_budget:,} tokens"
                self.markers.append(Marker(event.step, "memory_short", text))
            case Acknowledged():
                self._acknowledge(event)
            case RunEnded():
                self.ended = event
                self.paused, self.blocked = False, None

    def _train(self, steps: StepBlock) -> None:
        self.count += len(steps.figures)
        self.updated_at, self.stage = steps.last.time, "training"
        if self._every_step:
            self.steps.extend(steps.figures)
        self.last_step = steps.last

    def _end_series(self, time: float) -> None:
        if self.started_at is not None:
            self._set_back += max(0.0, self._last_end - time)
        self._last_end = time

    def _start(self, event: RunStarted) -> None:
        self.plan, self.started = changed_plan(event.plan, self.changes), event
        self.started_at = self.started_at or event.time
        self.token_budget = event.token_budget
        self.is_started, self.stage = True, "training"
        self.warnings = []
        if event.resumed_from is None:
            return
        step = event.resumed_from
        if not (self.markers and self.markers[-1].name == "rolled_back" and self.markers[-1].step == step):
            self.markers.append(Marker(step, "resumed", "resumed"))
        self.steps.truncate(step)
        self._drop_evaluations(step)
        self.checkpoints = [item for item in self.checkpoints if item.step <= step]
        self.probed = [item for item in self.probed if item.step <= step]
        if self.test is not None and self.test.step > step:
            self.test = None  # scored with weights that are trained again
        self.last_step = None

    def _drop_evaluations(self, after: int) -> None:
        """Drop evaluations of steps that are trained again, even if the `run_started` line is missing."""
        if self.evaluations and self.evaluations[-1].step > after:
            self.evaluations = [item for item in self.evaluations if item.step <= after]
            self.cuts += 1

    def _roll_back(self, event: RolledBack) -> None:
        self.rollbacks.append(event)
        # Changes of the learning rate after `to_step` belong to steps that are trained again.
        self.changes = [
            change for change in self.changes if change.name != LEARNING_RATE or change.step <= event.to_step
        ]
        self.changes.append(Change(event.to_step, LEARNING_RATE, event.learning_rate_factor))
        text = f"back from step {event.step}, learning rate × {event.learning_rate_factor:g}"
        self.markers.append(Marker(event.to_step, "rolled_back", text))

    def _acknowledge(self, event: Acknowledged) -> None:
        is_new = event.id not in self.acknowledged
        self.acknowledged[event.id] = event
        if not (event.accepted and is_new):
            return
        if event.name in ("pause", "release", "resume"):
            self.paused = event.name != "resume"
        if (
            event.name in SETTINGS
            and event.value is not None
            and rejection(event.name, event.value, 0) is None
        ):
            self.changes.append(Change(event.step, event.name, event.value))
            self.plan = self.plan and changed_plan(self.plan, self.changes)
        self.markers.append(Marker(event.step, event.name, event.text or event.message))


def read_history(run: RunDirectory) -> History:
    """Read the history of `run`."""
    return _read(run, every_step=True)


def read_outline(run: RunDirectory) -> History:
    """Read the history of `run` without its curves and the count of events; much faster for long runs."""
    return _read(run, every_step=False)


def _read(run: RunDirectory, *, every_step: bool) -> History:
    history = History(every_step=every_step)
    for events in EventFollower(run.events, every_step=every_step).pieces():
        history.extend(events)
    return history
