"""What can happen in a run: one record for each kind of event."""

from typing import Annotated, Literal, Self

import msgspec

from core.runs.plan import Count, Plan, Positive, SelectingMetric

# A line that says less or more is damaged, and no event.
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
# 0 to 1, but for what rounding makes of that.
Share = Annotated[float, msgspec.Meta(ge=-1e-6, le=1 + 1e-6)]

EndReason = Literal["finished", "early_stopped", "stopped", "failed", "refused"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every event has. `seq` counts from 1 without gaps; `time` is seconds since the epoch."""

    seq: Count = 0
    time: Seconds = 0.0


class Launched(Event, frozen=True, kw_only=True, tag="launched"):
    """A trainer process holds the lock and begins to plan: a new run, or one that goes on."""

    pid: int


class Stage(Event, frozen=True, kw_only=True, tag="stage"):
    """What the trainer is busy with before and after the training loop ("reading data")."""

    name: str


class RunStarted(Event, frozen=True, kw_only=True, tag="run_started"):
    """The plan was accepted and training begins, or goes on after `resumed_from` steps."""

    plan: Plan
    pid: int
    host: str
    device_name: str
    resumed_from: Count | None = None
    token_budget: Positive | None = None
    """Positions of one forward and backward pass."""


class Step(Event, frozen=True, kw_only=True, tag="step", gc=False):
    """Training figures of one step, or the mean over the steps since the last such event."""

    step: Count
    epoch: float
    loss: float | None
    """Mean cross-entropy, without class weights, as that of evaluations."""
    learning_rate: float
    grad_norm: float | None = None
    documents_per_second: float | None = None
    tokens_per_second: float | None = None
    padding: float | None = None
    """Share of padding in the token positions that were computed, 0 to 1."""

    def rounded(self) -> Self:
        """With the seven digits that single precision has: long ones make a long run slow to read."""
        values = msgspec.structs.asdict(self).items()
        figures = {name: float(f"{value:.7g}") for name, value in values if isinstance(value, float)}
        return msgspec.structs.replace(self, **figures)


class Evaluation(Event, frozen=True, kw_only=True, tag="evaluation"):
    """Figures of one split with the weights of `step`. `split` is validation or test."""

    step: Count
    split: str
    examples: Count
    loss: float | None
    accuracy: Share
    """Of sets of labels the share of texts whose whole set is right."""
    accuracy_low: Share
    """Lower end of the 95 % Wilson interval."""
    accuracy_high: Share
    macro_f1: Share
    micro_f1: Share | None = None
    """Of sets of labels; on validation they are decided by thresholds fitted on the other half of it."""
    seconds: Seconds
    requested: bool = False
    """Asked for by a person, between the regular ones: it never uses up patience."""


class Stopping(Event, frozen=True, kw_only=True, tag="stopping"):
    """State of early stopping after an evaluation."""

    step: Count
    metric: SelectingMetric
    best: float | None
    best_step: Count | None
    used: Count
    """Evaluations in a row without a new best."""
    patience: Count
    stops_at: Count | None
    """Step of the evaluation that would end training if no new best comes; None when the run ends before."""


class Checkpoint(Event, frozen=True, kw_only=True, tag="checkpoint"):
    """A complete checkpoint was written. `is_best`: the best on validation so far."""

    step: Count
    is_best: bool
    bytes: Count
    seconds: Seconds


class Probed(Event, frozen=True, kw_only=True, tag="probed"):
    """What the weights of `step` say of the pinned texts; see core/runs/probes.py."""

    step: Count
    probabilities: dict[str, list[float]]
    """By the key of the text; in the order of the labels of the plan."""


class Warned(Event, frozen=True, kw_only=True, tag="warning"):
    """Something a person should know that does not stop the run."""

    message: str


class Blocked(Event, frozen=True, kw_only=True, tag="blocked"):
    """Something finds no room on the disk; the trainer waits for it, at a step boundary."""

    what: str
    """What cannot be written ("the checkpoint of step 400")."""
    reason: str
    """As the machine says it ("No space left on device")."""
    folder: str
    needed: Count | None = None
    """Bytes that it takes, where that is known."""
    seconds: Seconds
    """How long the trainer waits before it gives up."""


class Unblocked(Event, frozen=True, kw_only=True, tag="unblocked"):
    """There was room again after so many seconds, and the run goes on."""

    what: str
    seconds: Seconds


class NotFinite(Event, frozen=True, kw_only=True, tag="not_finite"):
    """A figure of `step` is not a finite number: the weights that came of it are worth nothing."""

    step: Count
    what: str
    """The loss, the gradient, or the output on validation."""


class RolledBack(Event, frozen=True, kw_only=True, tag="rolled_back"):
    """Training goes on from the weights of `to_step`, the last good checkpoint; 0 is the beginning."""

    step: Count
    """Where it was when a figure was not finite."""
    to_step: Count
    what: str
    """That figure."""
    learning_rate_factor: float
    """On what was planned, from now on."""


class MemoryShort(Event, frozen=True, kw_only=True, tag="memory_short"):
    """Memory ran out in `step`; it is done again, as all later ones, in smaller passes."""

    step: Count
    before: Positive
    """Positions of one pass until now."""
    token_budget: Positive
    """Positions of one pass from now on."""


class Acknowledged(Event, frozen=True, kw_only=True, tag="acknowledged"):
    """The trainer obeyed, or refused, a command at a step boundary."""

    id: str
    name: str
    step: Count
    accepted: bool = True
    message: str = ""
    value: float | None = None
    """Of a setting: what it is from the next step on."""
    text: str = ""
    """Of a note."""


class RunEnded(Event, frozen=True, kw_only=True, tag="run_ended"):
    """The trainer is done. `step` is the last one trained, `best_step` the one that `model/` holds."""

    reason: EndReason
    step: Count = 0
    best_step: Count | None = None
    error: str = ""
    """What went wrong, in a sentence: why it failed, was refused, or was stopped without a checkpoint."""


AnyEvent = (
    Launched
    | Stage
    | RunStarted
    | Step
    | Evaluation
    | Stopping
    | Checkpoint
    | Probed
    | Warned
    | NotFinite
    | RolledBack
    | MemoryShort
    | Blocked
    | Unblocked
    | Acknowledged
    | RunEnded
)
