"""The plan of a run as rows of facts."""

from textual.content import Content

from core.runs.plan import Plan
from core.text import format
from core.text.plain import plain
from tui.widgets.panel import fact, rows
from tui.wording.run import epochs


def describe(plan: Plan) -> Content:
    """The facts of `plan`, then its warnings."""
    examples = " · ".join(f"{plain(split.name)} {format.count(split.rows)}" for split in plan.splits)
    labels = ", ".join(plain(label) for label in plan.labels[:6]) + (" …" if len(plan.labels) > 6 else "")
    batch = format.counted(plan.train_batch_size, "example")
    steps = f"{format.steps(plan.max_steps)} of {batch}, {epochs(plan, 3)}"
    disk = f"about {format.size(2 * plan.checkpoint_bytes)} of {format.size(plan.free_bytes)} free"
    lines = [
        fact("examples", examples),
        fact("labels", f"{len(plan.labels)}{', several a text' if plan.is_multi_label else ''}: {labels}"),
        fact("model", f"{plain(plan.model)}, {format.count(plan.parameters)} parameters"),
        fact("training", steps),
        fact("learning rate", format.learning_rate(plan.learning_rate)),
        fact("evaluations", f"{plan.evaluations}, {format.interval(plan.eval_steps)}, on validation"),
        fact("early stopping", _early_stopping(plan)),
        *(fact("tokens" if not row else "", text) for row, text in enumerate(_lengths(plan))),
        fact("disk", disk),
        fact("device", f"{plain(plan.device)}, {plan.precision}"),
    ]
    if plan.class_weights != "none":
        lines.append(
            fact("class weights", f"{plan.class_weights}, in training; reported losses are unweighted")
        )
    lines += map(Content, map(plain, plan.model_reasons))
    if plan.metric_reason:
        lines.append(Content(plain(plan.metric_reason)))
    lines += [Content.assemble(("! ", "bold $text-warning"), plain(text)) for text in plan.warnings]
    return rows(lines)


def _early_stopping(plan: Plan) -> str:
    if not plan.early_stopping:
        return "off"
    early = f", from step {plan.patience_from:,} on" if plan.patience_from else ""
    end = "; the run ends first" if plan.earliest_stop is None else ""
    patience = format.counted(plan.patience, "evaluation")
    return f"after {patience} without a better {plan.metric_name}{early}{end}"


def _lengths(plan: Plan) -> list[str]:
    lines = []
    for split in plan.splits:
        truncated = (
            f"{format.count(split.truncated)} truncated at {plan.max_length}"
            if split.truncated
            else "0 truncated"
        )
        if split.windows:
            truncated += f", {format.count(split.long)} in {format.count(split.windows)} windows"
        lengths = f"median {split.median_tokens}, longest {split.longest_tokens}"
        lines.append(f"{plain(split.name)}: {lengths}, {truncated}")
    return lines
