"""The parts of a report on what a run was made of: data, model, time, settings, environment."""

from typing import Any

from core.protocol.report import RunFacts
from core.reports.document import Block, Section, Table
from core.reports.wording import length, listed, moment
from core.runs.plan import Plan
from core.text import format


def making(facts: RunFacts) -> list[Section]:
    """Data, model, time, settings and environment."""
    sections = [_time(facts), _settings(facts), _environment(facts)]
    if facts.plan is not None:
        sections[:0] = [_data(facts, facts.plan), _model(facts, facts.plan)]
    return sections


def _data(facts: RunFacts, plan: Plan) -> Section:
    rows = [
        (
            split.name,
            split.source,
            split.fingerprint or format.NONE,
            f"{split.rows:,}",
            f"{split.median_tokens:,}",
            f"{split.longest_tokens:,}",
            f"{split.truncated:,}",
        )
        for split in plan.splits
    ]
    columns = ("split", "from", "fingerprint", "texts", "median tokens", "longest", "cut")
    whole = facts.environment.data_sha256 if facts.environment else format.NONE
    return Section(
        "Data",
        [
            f"Texts of the column {plan.text_column}, labels of {plan.label_column}. {length(facts)}",
            Table(columns, rows, texts=3),
            f"Fingerprint of all of it (SHA-256): {whole}",
            f"The {len(plan.labels):,} labels: {listed(plan.labels)}.",
        ],
    )


def _model(facts: RunFacts, plan: Plan) -> Section:
    rows = [
        ("model", plan.model),
        ("loaded from", plan.model_source),
        ("parameters", f"{plan.parameters:,}"),
        ("longest text", f"{plan.max_length:,} tokens"),
    ]
    if found := facts.model:
        rows.append(("kept as", "finished model" if found.is_finished else "checkpoint, the best so far"))
        rows += [("step of its weights", f"{found.step:,}"), ("size on disk", format.size(found.bytes))]
        rows += [(name.replace("_", " "), shown(value)) for name, value in found.inference.items()]
    return Section("Model", [Table(("", ""), rows, texts=2)])


def _time(facts: RunFacts) -> Section:
    rows = []
    if facts.started_at is not None:
        rows = [
            ("begun", moment(facts.started_at)),
            ("last event", moment(facts.updated_at)),
            ("between them", format.duration(facts.elapsed)),
        ]
    rows += [
        ("training steps", format.duration(facts.training_seconds)),
        ("evaluations on validation", format.duration(facts.evaluation_seconds)),
        ("passes over the training data", format.NONE if facts.epoch is None else f"{facts.epoch:.2f}"),
        ("training speed", f"{format.rate(facts.training_speed)} documents a second (median of the steps)"),
    ]
    if facts.test is not None and facts.test.evaluation.seconds:
        test = facts.test.evaluation
        speed = format.rate(test.examples / test.seconds)
        rows.append(("test split", f"{format.duration(test.seconds)}, {speed} documents a second"))
    return Section("Time", [Table(("", ""), rows, texts=2)])


def _settings(facts: RunFacts) -> Section:
    """What was asked, and what was derived from it."""
    asked = [
        (f"{section}.{key}", shown(value))
        for section, table in facts.settings.items()
        for key, value in table.items()
    ]
    blocks: list[Block] = ["As asked (config.toml):", Table(("setting", "value"), asked, texts=2)]
    if plan := facts.plan:
        begins = f", from step {plan.patience_from:,} on" if plan.patience_from else ""
        derived = [
            ("learning rate", f"{plan.learning_rate:g}"),
            ("steps at most", f"{plan.max_steps:,}"),
            ("passes at most", f"{plan.epochs:.2f}"),
            ("steps a pass", f"{plan.steps_per_epoch:,}"),
            ("steps between evaluations", f"{plan.eval_steps:,}"),
            (
                "metric of selection",
                f"{plan.metric_name} on validation",
            ),
            ("patience", f"{plan.patience} evaluations{begins}"),
            ("precision", plan.precision),
            ("seed", str(plan.seed)),
        ]
        blocks += ["As planned from it:", Table(("", ""), derived, texts=2)]
    return Section("Settings", blocks)


def _environment(facts: RunFacts) -> Section:
    found = facts.environment
    rows = [("host", facts.host), ("device", facts.device)] if facts.host else []
    if found is not None:
        rows += list(found.versions.items())
    if not rows:
        return Section("Environment", ["It was not recorded: the run ended before its first step."])
    return Section("Environment", [Table(("", ""), rows, texts=2)])


def shown(value: Any) -> str:
    """A setting as people read it."""
    if value is None:
        return format.NONE
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return listed([shown(item) for item in value])
    return f"{value:g}" if isinstance(value, float) else str(value)
