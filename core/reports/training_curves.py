"""The section of a report on training: curves, early stopping, evaluations, commands."""

from core.protocol.report import RunFacts
from core.reports.document import Band, Block, Chart, Line, Mark, Section, Table
from core.reports.wording import interval, score, value_of
from core.runs.events import Evaluation
from core.text import format

# Of more evaluations than these, only some are listed.
_LISTED = 30


def training_curves(facts: RunFacts) -> Section:
    """Return the section on training."""
    blocks: list[Block] = []
    if facts.loss.steps or facts.evaluations:
        blocks.append(_loss_chart(facts))
    if facts.evaluations:
        blocks += [_metric_chart(facts), _stopping(facts)]
        blocks += _evaluations(facts)
    if facts.markers:
        rows = [(f"{item.step:,}", item.text) for item in facts.markers]
        blocks += ["Commands and incidents:", Table(["after step", "what"], rows, texts=2)]
    return Section("Training", blocks or ["No step has been trained yet."])


def _loss_chart(facts: RunFacts) -> Chart:
    curve, best = facts.loss, facts.best
    width = f" of {curve.width:,} steps each" if curve.width > 1 else ""
    return Chart(
        title="Loss",
        description=f"Loss by step: training loss, raw (lowest and highest{width}) and smoothed over "
        f"{curve.window} steps; validation loss at each evaluation.",
        x_label="step",
        x_end=_end(facts),
        lines=[
            Line("training, smoothed", curve.steps, curve.smoothed, "main"),
            Line("validation", *_points(facts.evaluations, "loss"), "points"),
        ],
        band=Band("training, raw", curve.steps, curve.low, curve.high),
        mark=_mark(best, best.loss) if best else None,
        limits=(0.0, float("inf")),
    )


def _metric_chart(facts: RunFacts) -> Chart:
    best, metric = facts.best, facts.plan.metric if facts.plan else "accuracy"
    # Multi-label: exact match stays near 0 for long, so micro F1 is more telling.
    is_multi_label = facts.plan is not None and facts.plan.is_multi_label and metric != "accuracy"
    share = "micro_f1" if is_multi_label else "accuracy"
    name = format.metric(share) if is_multi_label else format.accuracy(best.micro_f1 if best else None)
    shown = value_of("macro_f1" if metric == "macro_f1" else share, best) if best else None
    title = f"{name[0].upper()}{name[1:]} and macro F1 on"
    return Chart(
        title=f"{title} validation",
        description=f"{title} the validation split at each evaluation; the best is marked.",
        x_label="step",
        x_end=_end(facts),
        lines=[
            Line("macro F1", *_points(facts.evaluations, "macro_f1"), "second"),
            Line(name, *_points(facts.evaluations, share), "points"),
        ],
        mark=_mark(best, shown) if best else None,
    )


def _points(evaluations: list[Evaluation], metric: str) -> tuple[list[float], list[float | None]]:
    return [float(item.step) for item in evaluations], [value_of(metric, item) for item in evaluations]


def _mark(best: Evaluation, value: float | None) -> Mark | None:
    return None if value is None else Mark(best.step, value, f"best, step {best.step:,}: {score(value)}")


def _end(facts: RunFacts) -> float:
    """Return the last step of the x axis."""
    last = facts.evaluations[-1].step if facts.evaluations else 0
    return float(max(facts.step, last, 1))


def _stopping(facts: RunFacts) -> str:
    found = facts.stopping
    if found is None or found.best is None or found.best_step is None:
        return "There is no best checkpoint yet."
    metric = facts.plan.metric_name if facts.plan else format.metric(found.metric)
    best = f"The best value is {score(found.best)} at step {found.best_step:,}"
    if facts.plan is not None and not facts.plan.early_stopping:
        return f"Early stopping is off. {metric[0].upper()}{metric[1:]} on validation selects. {best}."
    verb = "is" if found.used == 1 else "are"
    said = (
        f"Early stopping monitors {metric} on validation. {best}; {found.used} of "
        f"{format.counted(found.patience, 'evaluation')} of patience {verb} used."
    )
    if facts.state == "early stopped":
        return f"{said} This stopped the run at step {facts.step:,}."
    return said


def _evaluations(facts: RunFacts) -> list[Block]:
    """Return a row for each evaluation; of many, a selection with the best and the last."""
    found = facts.evaluations
    every = -(-len(found) // _LISTED)
    best = facts.best.step if facts.best else None
    rows = [
        (
            f"{item.step:,}" + (" (best)" if item.step == best else ""),
            score(item.loss),
            score(item.accuracy),
            interval(item.accuracy_low, item.accuracy_high),
            score(item.macro_f1),
            *([] if item.micro_f1 is None else [score(item.micro_f1)]),
        )
        for number, item in enumerate(found, 1)
        if number % every == 0 or item.step == best or number == len(found)
    ]
    micro = found[0].micro_f1 if found else None
    name = f"validation {format.accuracy(micro)}"
    columns = ["step", "validation loss", name, "95 % interval", "validation macro F1"]
    table = Table([*columns, *([] if micro is None else ["validation micro F1"])], rows)
    omitted = len(found) - len(rows)
    if not omitted:
        return [table]
    what = ("evaluation between these is", "evaluations between these are")
    return [table, f"{format.counted(omitted, *what)} not listed."]
