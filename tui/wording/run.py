"""Sentences about runs and experiments that screens and printed output share."""

from pathlib import Path

from core.experiments.listing import ExperimentSummary
from core.protocol import RunReport
from core.runs.directory import RunDirectory
from core.runs.events import Blocked, Evaluation, MemoryShort, RolledBack, RunEnded, RunStarted, Unblocked
from core.runs.history import History
from core.runs.plan import Plan
from core.text import format

NOTHING_STARTED = "interrupted before training began; nothing was started"
AGAIN = "Press Ctrl-C again to stop at once."
AGAIN_BY_SIGNAL = "Another SIGTERM stops at once."
NO_LONGER_FOLLOWED = "no longer followed; training continues"
# The consequence of lost output.
GOES_ON = "Training continues, and this command waits for its end."
CONTINUES = "Training continues."


def started(name: str, event: RunStarted, plan: Plan) -> list[str]:
    """The plan of a run, the step it resumes from, and its warnings.

    Args:
        name: of the run.
        event: its start.
        plan: with the settings that were changed since.
    """
    return [
        f"run {name}: {plan.model} ({format.count(plan.parameters)} parameters) on {event.device_name}, "
        f"{plan.precision}",
        *plan.column_reasons,
        *plan.model_reasons,
        *plan_lines(plan),
        *_resumed(event),
        *map(warning, plan.warnings),
    ]


def member_started(event: RunStarted, plan: Plan) -> list[str]:
    """The plan of a run of an experiment, without the data, which all runs share."""
    return [
        f"{plan.model} ({format.count(plan.parameters)} parameters), {plan_lines(plan)[1]}",
        *plan.model_reasons,
        *_resumed(event),
        *map(warning, plan.warnings),
    ]


def _resumed(event: RunStarted) -> list[str]:
    return [] if event.resumed_from is None else [f"resumes after step {event.resumed_from}"]


def epochs(plan: Plan, digits: int = 2) -> str:
    """The length of training in epochs, with so many significant digits."""
    number = f"{plan.epochs:.{digits}g}"
    return f"{number} epoch{'s' * (number != '1')}"


def plan_lines(plan: Plan) -> list[str]:
    """The data, the length of training, and the reason for the metric if there is one."""
    splits = " · ".join(f"{split.name} {split.rows:,}" for split in plan.splits)
    return [
        f"texts: {splits}; {len(plan.labels)} labels; at most {plan.max_length} tokens",
        f"{format.steps(plan.max_steps)} of {plan.train_batch_size} ({epochs(plan)}), evaluation "
        f"{format.interval(plan.eval_steps)}, {early_stopping(plan)}, "
        f"learning rate {plan.learning_rate:g}, seed {plan.seed}",
        *filter(None, [plan.metric_reason]),
        *([_thresholds(plan)] if plan.is_multi_label else []),
    ]


def early_stopping(plan: Plan) -> str:
    """Patience and the step from which it counts: `patience 5 from step 300 on`."""
    if not plan.early_stopping:
        return "no early stopping"
    early = f" from step {plan.patience_from:,} on" if plan.patience_from else ""
    end = " (the run ends first)" if plan.earliest_stop is None else ""
    return f"patience {plan.patience}{early}{end}"


def _thresholds(plan: Plan) -> str:
    """What the thresholds of label sets maximize."""
    metric = format.metric("macro_f1" if plan.metric == "loss" else plan.metric, is_multi_label=True)
    return f"Thresholds are fitted on validation for {metric} (--metric overrules it)."


def warning(message: str) -> str:
    """A line for something that a person should know."""
    return f"warning: {message}"


def not_responding(seconds: float) -> str:
    """The trainer is alive but has written no event for so long."""
    return warning(f"not responding for {format.duration(seconds)}: the trainer is alive but may be stuck")


RESPONDING_AGAIN = "the trainer is responding again"


def rolled_back(event: RolledBack) -> str:
    """Where training went back to after a loss, gradient or output that was not finite."""
    return (
        f"The {event.what} was not finite at step {event.step}. Training continues from step {event.to_step} "
        f"with the learning rate × {event.learning_rate_factor:g}."
    )


def memory_short(event: MemoryShort) -> str:
    """The smaller micro-batches after the device ran out of memory."""
    return (
        f"Out of memory at step {event.step}. Micro-batches now hold at most {event.token_budget:,} tokens "
        f"instead of {event.before:,}; the optimizer sees the same batches."
    )


def blocked(event: Blocked) -> str:
    """What a run needs disk space for, and how long it waits."""
    needed = f", {format.size(event.needed)} needed" if event.needed else ""
    return warning(
        f"not enough disk space for {event.what} in {event.folder} ({event.reason}{needed}); "
        f"the run waits up to {format.duration(event.seconds)}"
    )


def unblocked(event: Unblocked) -> str:
    """The run continues after waiting for disk space."""
    waited = format.duration(event.seconds)
    return f"disk space for {event.what} is available again; the run continues after {waited}"


def evaluation(history: History) -> str:
    """The newest evaluation on validation, and the state of early stopping."""
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
        f"patience {stopping.used}/{stopping.patience}" if plan.early_stopping else "",
        f"{format.rate(step.documents_per_second)} texts/s" if step else "",
        f"ETA {format.duration(history.seconds_left)}",
    ]
    return "  ".join(part for part in parts if part)


def test(event: Evaluation) -> str:
    """The scores on the test split."""
    return (
        f"test {format.accuracy(event.micro_f1)} {format.score(event.accuracy)} (95 % interval "
        f"{event.accuracy_low:.3f} to {event.accuracy_high:.3f}, n={event.examples:,})  "
        f"{format.f1(event.macro_f1, event.micro_f1)}  "
        f"loss {format.score(event.loss)}  with the best checkpoint, step {event.step}"
    )


def ended(event: RunEnded) -> list[str]:
    """Why a run ended, and what went wrong if anything did."""
    match event.reason:
        case "failed" | "refused":
            return [f"failed at step {event.step}: {event.error}"]
        case "early_stopped":
            reason = f"stopped early at step {event.step}: patience used up"
        case _:
            reason = f"{event.reason} at step {event.step}"
    return [reason, *([warning(event.error)] if event.error else [])]


def remains(run: RunDirectory, event: RunEnded) -> list[str]:
    """Where the model is, and how to resume a run that was stopped."""
    lines = []
    if event.best_step is not None:
        lines.append(f"the model of step {event.best_step} is in {run.model}")
    if event.reason == "stopped":
        lines.append(resume_with(run.name))
    return lines


def resume_with(name: str) -> str:
    """The command that resumes a run or experiment."""
    return f"resume with: bertcls-tui resume {name}"


def stopping(history: History) -> str:
    """The answer to the first Ctrl-C or SIGTERM while a run is followed."""
    if history.stage == "training":
        return "Stopping after this step, with a checkpoint."
    return f"Training has ended; waiting for: {history.stage}."


def stopping_experiment() -> str:
    """The answer to the first Ctrl-C or SIGTERM while an experiment is followed."""
    return "Stopping after this step, with a checkpoint; no other run is started."


def interrupted_file(kept: int) -> str:
    """The answer to Ctrl-C after `kept` rows of a file were classified and written."""
    if kept:
        kept_rows, after = format.counted(kept, "row is", "rows are"), "it" if kept == 1 else "them"
        return f"interrupted; {kept_rows} kept. Run the same command to continue after {after}."
    return "interrupted before any row was written. Run the same command to start again."


def members(experiment: ExperimentSummary) -> str:
    """The progress of an experiment: `3 of 9 trained`."""
    return f"{experiment.trained} of {len(experiment.members)} trained"


def did_not_start(name: str, log: Path) -> str:
    """A process that ended before its first event: the last line of its log."""
    try:
        lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    except OSError as error:
        return f"{name}: its process did not start, and the log {log} cannot be read ({error.strerror})."
    last = lines[-1] if lines else "the log is empty"
    return f"{name}: its process did not start: {last.rstrip('.')}. Log: {log}."


def died(name: str, log: Path) -> str:
    """A process that ended without reporting why."""
    return (
        f"{name}: its process ended unexpectedly. Log: {log}. "
        f"Resume from the last checkpoint with `bertcls-tui resume {name}`."
    )


def report_headline(found: RunReport) -> str:
    """State and score of a run: on test, or on validation before it was tested."""
    facts = found.facts
    scores = facts.test.evaluation if facts.test else facts.best
    if scores is None:
        return f"{facts.name} ({facts.state}): not evaluated yet"
    name = f"{scores.split} {format.accuracy(scores.micro_f1)}"
    return (
        f"{facts.name} ({facts.state}): {name} {format.score(scores.accuracy)} "
        f"({scores.accuracy_low:.3f} to {scores.accuracy_high:.3f})"
    )


def _recent_loss(history: History) -> float | None:
    """Mean training loss since the evaluation before the newest."""
    since = history.evaluations[-2].step if len(history.evaluations) > 1 else 0
    losses = [loss for step, loss in zip(history.steps.step, history.steps.loss, strict=True) if step > since]
    return sum(losses) / len(losses) if losses else None
