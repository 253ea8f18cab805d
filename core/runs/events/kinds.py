"""The events of a run, one class for each kind. Kinds and field names are those of the file."""

from typing import Annotated, Literal, Self

import msgspec

from core.runs.plan import Count, Plan, Positive, SelectingMetric

# A line with a value outside of these ranges is damaged and skipped.
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
# 0 to 1, with a tolerance for rounding.
Share = Annotated[float, msgspec.Meta(ge=-1e-6, le=1 + 1e-6)]

EndReason = Literal["finished", "early_stopped", "stopped", "failed", "refused"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base of all events. `seq` counts from 1 without gaps; `time` is seconds since the epoch."""

    seq: Count = 0
    time: Seconds = 0.0


class Launched(Event, frozen=True, kw_only=True, tag="launched"):
    """A trainer holds the lock and starts to plan, for a new or a resumed run."""

    pid: int


class Stage(Event, frozen=True, kw_only=True, tag="stage"):
    """A stage outside of the training loop has begun, e.g. "reading data"."""

    name: str


class RunStarted(Event, frozen=True, kw_only=True, tag="run_started"):
    """Training begins with this plan, or continues after step `resumed_from`."""

    plan: Plan
    pid: int
    host: str
    device_name: str
    resumed_from: Count | None = None
    token_budget: Positive | None = None
    """Tokens of a micro-batch."""


class Step(Event, frozen=True, kw_only=True, tag="step", gc=False):
    """Training figures of one step, or their mean over the steps since the last such event."""

    step: Count
    epoch: float
    loss: float | None
    """Mean cross-entropy without class weights, as in evaluations."""
    learning_rate: float
    grad_norm: float | None = None
    documents_per_second: float | None = None
    """None if it is not known, as of the first step after an evaluation on a GPU."""
    tokens_per_second: float | None = None
    padding: float | None = None
    """Share of padding among the computed token positions, 0 to 1."""

    def rounded(self) -> Self:
        """Round floats to the seven digits of single precision, which keeps long runs fast to read."""
        values = msgspec.structs.asdict(self).items()
        figures = {name: float(f"{value:.7g}") for name, value in values if isinstance(value, float)}
        return msgspec.structs.replace(self, **figures)


class Evaluation(Event, frozen=True, kw_only=True, tag="evaluation"):
    """Metrics of one split with the weights of `step`. `split` is validation or test."""

    step: Count
    split: str
    examples: Count
    loss: float | None
    accuracy: Share
    """Multi-label: exact match, the share of texts with exactly the right labels."""
    accuracy_low: Share
    """Lower end of the 95 % Wilson interval."""
    accuracy_high: Share
    macro_f1: Share
    micro_f1: Share | None = None
    """Multi-label only. On validation, the thresholds for one half are fitted on the other half."""
    seconds: Seconds
    requested: bool = False
    """Requested by a command, between the regular evaluations; does not count against patience."""


class Stopping(Event, frozen=True, kw_only=True, tag="stopping"):
    """State of early stopping after an evaluation."""

    step: Count
    metric: SelectingMetric
    best: float | None
    best_step: Count | None
    used: Count
    """Consecutive evaluations without a better value."""
    patience: Count
    stops_at: Count | None
    """Step at which training stops without a new best; None if the run ends before."""


class Checkpoint(Event, frozen=True, kw_only=True, tag="checkpoint"):
    """A complete checkpoint was written. `is_best`: the best on validation so far."""

    step: Count
    is_best: bool
    bytes: Count
    seconds: Seconds


class Probed(Event, frozen=True, kw_only=True, tag="probed"):
    """Predictions for the pinned texts with the weights of `step`; see core/runs/probes.py."""

    step: Count
    probabilities: dict[str, list[float]]
    """By text key, in the order of the labels of the plan."""


class Warned(Event, frozen=True, kw_only=True, tag="warning"):
    """A warning to the user; the run continues."""

    message: str


class Blocked(Event, frozen=True, kw_only=True, tag="blocked"):
    """The disk is full; the trainer waits for space at a step boundary."""

    what: str
    """The thing that cannot be written ("the checkpoint of step 400")."""
    reason: str
    """Message of the system ("No space left on device")."""
    folder: str
    needed: Count | None = None
    """Bytes required, if known."""
    seconds: Seconds
    """Longest wait before the run fails."""


class Unblocked(Event, frozen=True, kw_only=True, tag="unblocked"):
    """Disk space is available again after so many seconds; the run continues."""

    what: str
    seconds: Seconds


class NotFinite(Event, frozen=True, kw_only=True, tag="not_finite"):
    """A value of `step` is NaN or infinite, so the weights are useless."""

    step: Count
    what: str
    """Which value: the loss, the gradient, or the output on validation."""


class RolledBack(Event, frozen=True, kw_only=True, tag="rolled_back"):
    """Training continues from `to_step`, the last good checkpoint; 0 is the beginning."""

    step: Count
    """Step at which a value was not finite."""
    to_step: Count
    what: str
    """Which value."""
    learning_rate_factor: float
    """Factor on the planned learning rate from now on."""


class MemoryShort(Event, frozen=True, kw_only=True, tag="memory_short"):
    """Out of memory in `step`; it is repeated in smaller micro-batches, which stay from then on."""

    step: Count
    before: Positive
    """Tokens of a micro-batch until now."""
    token_budget: Positive
    """Tokens of a micro-batch from now on."""


class Acknowledged(Event, frozen=True, kw_only=True, tag="acknowledged"):
    """The trainer executed or rejected a command at a step boundary."""

    id: str
    name: str
    step: Count
    accepted: bool = True
    message: str = ""
    value: float | None = None
    """New value of a setting, from the next step on."""
    text: str = ""
    """Text of a note."""


class RunEnded(Event, frozen=True, kw_only=True, tag="run_ended"):
    """The trainer has ended. `step` is the last trained step, `best_step` that of the weights in `model/`."""

    reason: EndReason
    step: Count = 0
    best_step: Count | None = None
    error: str = ""
    """Reason as a sentence, if the run failed, was refused, or was stopped without a checkpoint."""


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
