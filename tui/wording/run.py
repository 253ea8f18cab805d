"""A run in words: the lines that are printed where there is no screen."""

from pathlib import Path

from core.experiments.listing import ExperimentSummary
from core.runs.directory import RunDirectory
from core.runs.events import (
    Blocked,
    Evaluation,
    MemoryShort,
    RolledBack,
    RunEnded,
    RunStarted,
    Unblocked,
)
from core.runs.history import History
from core.runs.plan import Plan
from core.text import format

NOTHING_BEGUN = "interrupted before training began: nothing was started"


def beginning(name: str, started: RunStarted, plan: Plan) -> list[str]:
    """The plan, with what was changed since, and where the run goes on."""
    lines = [
        f"run {name}: {plan.model} ({format.count(plan.parameters)} parameters) on {started.device_name}, "
        f"{plan.precision}",
        *plan.column_reasons,
        *plan_lines(plan),
    ]
    if started.resumed_from is not None:
        lines.append(f"goes on after step {started.resumed_from}")
    return lines + list(map(warning, plan.warnings))


def beginning_of_member(started: RunStarted, plan: Plan) -> list[str]:
    """What a run of an experiment will do; the texts are the same for all."""
    lines = [f"{plan.model} ({format.count(plan.parameters)} parameters), {plan_lines(plan)[1]}"]
    if started.resumed_from is not None:
        lines.append(f"goes on after step {started.resumed_from}")
    return lines


def warning(message: str) -> str:
    """Something that a person should know."""
    return f"warning: {message}"


def silent(seconds: float | None) -> str:
    """The trainer gives no sign for so long; None: it does again."""
    if seconds is None:
        return "the trainer gives signs again"
    return warning(f"No sign of the trainer for {format.duration(seconds)}; it lives, but may stand still.")


def rolled_back(event: RolledBack) -> str:
    """Why training went back, and how it goes on."""
    return (
        f"The {event.what} was not finite at step {event.step}: training goes on from step {event.to_step} "
        f"with the learning rate × {event.learning_rate_factor:g}."
    )


def memory_short(event: MemoryShort) -> str:
    """What came of memory that ran out."""
    return (
        f"Memory ran out at step {event.step}: a pass has {event.token_budget:,} tokens at most from here on "
        f"in place of {event.before:,}; the optimizer sees the same batches."
    )


def plan_lines(plan: Plan) -> list[str]:
    """What a run will do, in two lines, and why its metric was chosen where that has a reason."""
    splits = " · ".join(f"{split.name} {split.rows:,}" for split in plan.splits)
    early = f" from step {plan.patience_from} on" if plan.patience_from else ""
    return [
        f"texts: {splits}; {len(plan.labels)} labels; at most {plan.max_length} tokens",
        f"{plan.max_steps} steps of {plan.train_batch_size} ({plan.epochs:.2g} epochs), evaluation every "
        f"{plan.eval_steps}, patience {plan.patience}{early}, learning rate {plan.learning_rate:g}, "
        f"seed {plan.seed}",
        *filter(None, [plan.metric_reason]),
    ]


def evaluation(history: History) -> str:
    """The newest evaluation and what early stopping makes of it."""
    plan, now, stopping = history.plan, history.evaluations[-1], history.stopping
    assert plan is not None
    assert stopping is not None
    step = history.last_step
    parts = [
        f"step {now.step:>{len(str(plan.max_steps))}}/{plan.max_steps}",
        f"epoch {step.epoch:.2f}" if step else "",
        f"train loss {format.score(_recent_loss(history))}",
        f"validation {format.accuracy(now.micro_f1)} {format.score(now.accuracy)} "
        f"({now.accuracy_low:.3f} to {now.accuracy_high:.3f}, n={now.examples:,})",
        format.f1(now.macro_f1, now.micro_f1),
        f"loss {format.score(now.loss)}",
        f"best {plan.metric_name} {format.score(stopping.best)} at step {stopping.best_step}",
        f"patience {stopping.used}/{stopping.patience}",
        f"{format.rate(step.documents_per_second)} docs/s" if step else "",
        f"ETA {format.duration(history.seconds_left)}",
    ]
    return "  ".join(part for part in parts if part)


def test(event: Evaluation) -> str:
    """The figures of the test split."""
    return (
        f"test {format.accuracy(event.micro_f1)} {format.score(event.accuracy)} (95 % interval "
        f"{event.accuracy_low:.3f} to {event.accuracy_high:.3f}, n={event.examples:,})  "
        f"{format.f1(event.macro_f1, event.micro_f1)}  "
        f"loss {format.score(event.loss)}  with the best model, of step {event.step}"
    )


def blocked(event: Blocked) -> str:
    """What a run needs disk space for."""
    needed = f", {format.size(event.needed)} needed" if event.needed else ""
    return warning(
        f"not enough disk space for {event.what} in {event.folder} ({event.reason}{needed}); "
        f"the run waits up to {format.duration(event.seconds)}"
    )


def unblocked(event: Unblocked) -> str:
    """The run continues after waiting for disk space."""
    waited = format.duration(event.seconds)
    return f"disk space for {event.what} is available again; the run continues after {waited}"


def ending(run: RunDirectory, ended: RunEnded) -> list[str]:
    """Why the run ended, and what it left."""
    reasons = {
        "finished": "finished",
        "early_stopped": "stopped early: patience ran out",
        "stopped": "stopped",
    }
    lines = [f"{reasons.get(ended.reason, ended.reason)} at step {ended.step}"]
    if ended.error:
        lines.append(warning(ended.error))
    if ended.best_step is not None:
        lines.append(f"the model of step {ended.best_step} is in {run.model}")
    if ended.reason == "stopped":
        lines.append(f"go on with: bertcls-tui resume {run.name}")
    return lines


def stopping(history: History) -> str:
    """What to say when a run is asked to stop."""
    if history.stage == "training":
        return "Stopping after this step, with a checkpoint. Ctrl-C again stops at once."
    return f"Training is over; {history.stage} comes to its end. Ctrl-C again stops at once."


def interrupted_file(kept: int) -> str:
    """What to say when Ctrl-C came while a file was classified, and so many of its rows are written."""
    if kept:
        return f"interrupted; {kept:,} rows are kept: the same command goes on after them"
    return "interrupted before any row was written: the same command begins anew"


def members(experiment: ExperimentSummary) -> str:
    """How far an experiment has come: `3 of 9 trained`."""
    return f"{experiment.trained} of {len(experiment.members)} trained"


def silence(name: str, log: Path) -> str:
    """What to say of a trainer that ended before its first word: the last that stands in its log."""
    try:
        lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    except OSError as error:
        return f"The trainer of {name} did not begin, and its log {log} cannot be read ({error.strerror})."
    last = lines[-1] if lines else "it left no line in its log"
    return f"The trainer of {name} did not begin: {last.rstrip('.')}. The log is {log}."


def death(name: str, log: Path) -> str:
    """What to say of a trainer that ended without a word."""
    return (
        f"The trainer of {name} ended without a word; its log is {log}. "
        f"Go on from the last checkpoint with `bertcls-tui resume {name}`."
    )


def _recent_loss(history: History) -> float | None:
    """Mean training loss since the evaluation before the newest."""
    since = history.evaluations[-2].step if len(history.evaluations) > 1 else 0
    losses = [loss for step, loss in zip(history.steps.step, history.steps.loss, strict=True) if step > since]
    return sum(losses) / len(losses) if losses else None
