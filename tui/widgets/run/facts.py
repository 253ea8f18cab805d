"""Contents of the panels of the watch screen, as functions of the history of the run."""

import time
from collections.abc import Sequence

from textual.content import Content

from core.runs.events import Evaluation, Stopping
from core.runs.history import History
from core.runs.improvement import longer_training
from core.runs.plan import Plan
from core.runs.state import RunState
from core.text import format
from core.text.plain import plain
from tui.following.machine import DeviceFigures, Gpu
from tui.widgets.panel import bar, fact, rows
from tui.widgets.run.markers import marker_rows
from tui.wording import run as wording

# More patience than this is shown as a number only.
MOST_SQUARES = 12
# After "test", by multi-label.
SHORT_ACCURACY = ("accuracy", "exact m.")
LAST_LINES = 6


def stopping(history: History, state: RunState) -> Content:
    """Early stopping: the metric, its best value, used patience, and when training would stop."""
    plan, now = history.plan, history.stopping
    if plan is None:
        return Content.styled("known once training starts", "dim")
    metric = plain(plan.metric_name)
    first = min(plan.max_steps, (history.step // plan.eval_steps + 1) * plan.eval_steps)
    if now is None or now.best is None:
        lines = [
            fact(f"eval {metric}", "no evaluation yet"),
            patience(plan, now),
            Content.styled(f"the first evaluation is at step {first}", "dim"),
        ]
    else:
        lines = [
            fact(
                f"eval {metric}",
                ("best ", "dim"),
                (format.score(now.best), "bold"),
                f" at step {now.best_step}",
            ),
            patience(plan, now),
            outlook(history, now, metric),
        ]
    if history.ended is not None:
        lines[-1] = ending(history, state)
        if option := longer_training(history):
            lines.append(Content.styled(f"still improving; train longer: {option}", "$warning"))
    return rows(lines)


def patience(plan: Plan, now: Stopping | None) -> Content:
    """Patience that is used, and the step from which it counts while that is to come."""
    if not plan.early_stopping:
        return fact("patience", "early stopping is off")
    step, used, most = (now.step, now.used, now.patience) if now else (0, 0, plan.patience)
    later = (f", from step {plan.patience_from:,}", "dim") if step < plan.patience_from else ""
    return fact("patience", squares(used, most), later)


def squares(used: int, patience: int) -> Content:
    """Used patience: `■■□□□  2 of 5`."""
    text = f"{used} of {patience}"
    if max(used, patience) > MOST_SQUARES:
        return Content(text)
    style = "bold $warning" if used else ""
    return Content.assemble(("■" * used, style), ("□" * (patience - used), "dim"), f"  {text}")


def outlook(history: History, now: Stopping, metric: str) -> Content:
    """When training stops unless the metric improves."""
    if now.stops_at is None:
        end = f"step {history.plan.max_steps}" if history.plan else "its end"
        first = " first," if history.plan is None or history.plan.early_stopping else ""
        return Content.styled(f"the run ends{first} at {end}", "dim")
    sign = ">" if history.plan is None or history.plan.greater_is_better else "<"
    return Content(f"stops at step {now.stops_at} unless {metric} {sign} {format.score(now.best)}")


def ending(history: History, state: RunState) -> Content:
    """State and step at the end of the run, and the step of its model."""
    ended = history.ended
    if ended is None:
        return Content("")
    kept = f", model @{ended.best_step}" if ended.best_step is not None else ""
    return Content.assemble((state, "bold"), f" at step {ended.step}{kept}")


def run(history: History, smoothed: float | None) -> Content:
    """Figures of training, evaluations, warnings, and the plan."""
    step, plan = history.last_step, history.plan
    lines = []
    if step is not None:
        texts, tokens = format.rate(step.documents_per_second), format.rate(step.tokens_per_second)
        lines += [
            fact(
                "train loss", (format.score(step.loss), "bold"), (" smoothed ", "dim"), format.score(smoothed)
            ),
            fact("learning rate", format.learning_rate(step.learning_rate)),
            fact("gradient norm", format.score(step.grad_norm)),
            fact("speed", f"{texts} texts/s"),
            fact("tokens", f"{tokens}/s"),
            fact("padding", format.percent(step.padding)),
        ]
    if history.evaluations:
        newest = history.evaluations[-1]
        lines += scores(format.accuracy(newest.micro_f1), newest)
        lines.append(fact("macro F1", format.score(newest.macro_f1), ("  validation", "dim")))
        if newest.micro_f1 is not None:
            lines.append(fact("micro F1", format.score(newest.micro_f1), ("  validation", "dim")))
    if history.test is not None:
        lines += scores(f"test {SHORT_ACCURACY[history.test.micro_f1 is not None]}", history.test)
        if history.test.micro_f1 is not None:
            figures = (
                f"macro {format.score(history.test.macro_f1)} · micro {format.score(history.test.micro_f1)}"
            )
            lines.append(fact("test F1", figures))
    lines += marker_rows(history)
    lines += [Content.assemble(("! ", "bold $warning"), plain(text)) for text in warnings(history)]
    if plan is not None:
        splits = {split.name: split.rows for split in plan.splits}
        counts = "/".join(
            format.count(splits[name]) for name in ("train", "validation", "test") if name in splits
        )
        lines += [
            fact("model", plain(plan.model), (f" · {format.count(plan.parameters)} parameters", "dim")),
            fact("data", f"{len(plan.labels)} labels · {counts} rows"),
            fact(
                "batch", f"{plan.train_batch_size} · max length {plan.max_length} · {plain(plan.precision)}"
            ),
            *([fact("long texts", plain(plan.long_text))] if plan.long_text != "head" else []),
            fact("columns", f"text ← {plain(repr(plan.text_column))}"),
            fact("", f"label ← {plain(repr(plan.label_column))}"),
            *(Content.styled(plain(reason), "dim") for reason in (*plan.column_reasons, *plan.model_reasons)),
        ]
    else:
        lines.append(Content.styled("known once training starts", "dim"))
    return rows(lines)


def warnings(history: History) -> list[str]:
    """Warnings of the plan, of training, and of rollbacks and memory; each once."""
    plan = history.plan.warnings if history.plan else []
    faults = [wording.rolled_back(event) for event in history.rollbacks]
    faults += [wording.memory_short(history.memory_short)] if history.memory_short else []
    return list(dict.fromkeys([*plan, *(warned.message for warned in history.warnings), *faults]))


def scores(label: str, evaluation: Evaluation) -> list[Content]:
    """Accuracy with its interval, its split and step."""
    interval = f" {format.score(evaluation.accuracy_low)}–{format.score(evaluation.accuracy_high)}"
    origin = f"{plain(evaluation.split)}, n={evaluation.examples:,} @{evaluation.step}"
    return [
        fact(label, (format.score(evaluation.accuracy), "bold"), (f"  95 %{interval}", "dim")),
        fact("", (origin, "dim")),
    ]


def device(figures: DeviceFigures | None, history: History) -> Content:
    """GPUs, processor and memory of the machine, and the share of the trainer."""
    lines = []
    if history.started is not None:
        lines.append(fact("device", plain(history.started.device_name)))
    if figures is not None:
        for gpu in figures.gpus:
            lines += gpu_rows(gpu)
        memory = f"{format.size(figures.memory_used)} / {format.size(figures.memory_total)}"
        lines += [
            fact("CPU", meter(figures.cpu), f"{format.percent(figures.cpu)} of {figures.cores} cores"),
            fact("RAM", meter(figures.memory_used / figures.memory_total), memory),
        ]
        if figures.trainer_memory is not None:
            cores = f"{figures.trainer_cpu:.1f} cores" if figures.trainer_cpu is not None else format.NONE
            lines.append(fact("trainer", f"{cores} · {format.size(figures.trainer_memory)}"))
    return rows(lines)


def gpu_rows(gpu: Gpu) -> list[Content]:
    """Name, utilization, temperature, power and memory of one GPU."""
    extras = []
    if gpu.temperature is not None:
        extras.append(f"{gpu.temperature:.0f} °C")
    if gpu.power is not None:
        extras.append(f"{gpu.power:.0f} W")
    memory = f"{format.size(gpu.memory_used)} / {format.size(gpu.memory_total)}"
    work = "" if gpu.utilisation is None else meter(gpu.utilisation) + format.percent(gpu.utilisation)
    return [
        fact("GPU", plain(gpu.name)),
        fact("", " · ".join([part for part in (work, *extras) if part])),
        fact("GPU memory", meter(gpu.memory_used / gpu.memory_total), memory),
    ]


def meter(share: float) -> str:
    """A bar of six cells."""
    return bar(share, 6).ljust(6, "·") + " "


def outcome(history: History, state: RunState, name: str, log: Sequence[str]) -> Content | None:
    """The message for a run that failed, was interrupted or waits for disk space; else None."""
    if state == "failed":
        error = history.ended.error if history.ended else ""
        head = Content.assemble(("failed: ", "bold $error"), (plain(error) or "no reason given", "bold"))
    elif state == "waiting for disk space":
        return _waiting(history)
    elif state == "interrupted":
        advice = f"continue with `bertcls-tui resume {plain(name)}`, or press r"
        head = Content.assemble((f"interrupted at step {history.step}: ", "bold $error"), (advice, "bold"))
    else:
        return None
    lines = [plain(line) for line in log if line.strip()][-LAST_LINES:]
    return Content("\n").join([head, *(Content.styled(line, "dim") for line in lines)])


def _waiting(history: History) -> Content:
    """The file that cannot be written, why, and how long the run waits."""
    blocked = history.blocked
    assert blocked is not None
    needed = f", {format.size(blocked.needed)} needed" if blocked.needed else ""
    until = time.strftime("%H:%M", time.localtime(blocked.time + blocked.seconds))
    return Content("\n").join(
        [
            Content.assemble(
                ("waiting for disk space: ", "bold $error"),
                (f"{plain(blocked.what)} cannot be written", "bold"),
                f" ({plain(blocked.reason)}{needed})",
            ),
            Content(
                f"Free some in {plain(blocked.folder)} and the run continues. Otherwise it ends at {until}."
            ),
        ]
    )
