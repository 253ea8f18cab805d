"""The sections of a report on how a run was made: data, model, time, settings, environment."""

from typing import Any

from core.protocol.report import RunFacts
from core.reports.document import Block, Section, Table
from core.reports.wording import listed, long_texts, moment
from core.runs.plan import Plan
from core.text import format


def run_setup(facts: RunFacts) -> list[Section]:
    """Return the sections on data, model, time, settings and environment."""
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
    columns = ("split", "source", "fingerprint", "texts", "median tokens", "most tokens", "cut")
    whole = facts.environment.data_sha256 if facts.environment else format.NONE
    return Section(
        "Data",
        [
            f"Text column: {plan.text_column}. Label column: {plan.label_column}. {long_texts(facts)}",
            Table(columns, rows, texts=3),
            f"Fingerprint of all data (SHA-256): {whole}",
            f"{len(plan.labels):,} labels: {listed(plan.labels)}.",
        ],
    )


def _model(facts: RunFacts, plan: Plan) -> Section:
    rows = [
        ("model", plan.model),
        ("loaded from", plan.model_source),
        ("parameters", f"{plan.parameters:,}"),
        ("maximum length", f"{plan.max_length:,} tokens"),
    ]
    if found := facts.model:
        rows.append(("saved as", "finished model" if found.is_finished else "best checkpoint so far"))
        rows += [("step of the weights", f"{found.step:,}"), ("size on disk", format.size(found.bytes))]
        rows += [(name.replace("_", " "), shown(value)) for name, value in found.inference.items()]
    return Section("Model", [Table(("", ""), rows, texts=2)])


def _time(facts: RunFacts) -> Section:
    rows = []
    if facts.started_at is not None:
        rows = [
            ("started", moment(facts.started_at)),
            ("last event", moment(facts.updated_at)),
            ("duration", format.duration(facts.elapsed)),
        ]
    rows += [
        ("training steps", format.duration(facts.training_seconds)),
        ("evaluations on validation", format.duration(facts.evaluation_seconds)),
        ("epochs", format.NONE if facts.epoch is None else f"{facts.epoch:.2f}"),
        ("training speed", f"{format.rate(facts.training_speed)} texts per second (median over steps)"),
    ]
    if facts.test is not None and facts.test.evaluation.seconds:
        test = facts.test.evaluation
        speed = format.rate(test.examples / test.seconds)
        rows.append(("test split", f"{format.duration(test.seconds)}, {speed} texts per second"))
    return Section("Time", [Table(("", ""), rows, texts=2)])


def _settings(facts: RunFacts) -> Section:
    """The configuration, and the settings derived from it."""
    asked = [
        (f"{section}.{key}", shown(value))
        for section, table in facts.settings.items()
        for key, value in table.items()
    ]
    blocks: list[Block] = ["Configuration (config.toml):", Table(("setting", "value"), asked, texts=2)]
    if plan := facts.plan:
        derived = [
            ("learning rate", f"{plan.learning_rate:g}"),
            ("maximum steps", f"{plan.max_steps:,}"),
            ("maximum epochs", f"{plan.epochs:.2f}"),
            ("steps per epoch", f"{plan.steps_per_epoch:,}"),
            ("evaluation interval", format.steps(plan.eval_steps)),
            ("selection metric", f"{plan.metric_name} on validation"),
            ("patience", _patience(plan)),
            ("precision", plan.precision),
            ("seed", str(plan.seed)),
        ]
        blocks += ["Derived settings:", Table(("", ""), derived, texts=2)]
    return Section("Settings", blocks)


def _patience(plan: Plan) -> str:
    if not plan.early_stopping:
        return "early stopping is off"
    begins = f", counted from step {plan.patience_from:,}" if plan.patience_from else ""
    return format.counted(plan.patience, "evaluation") + begins


def _environment(facts: RunFacts) -> Section:
    found = facts.environment
    rows = [("host", facts.host), ("device", facts.device)] if facts.host else []
    if found is not None:
        rows += list(found.versions.items())
    if not rows:
        return Section("Environment", ["Not recorded: the run ended before its first step."])
    return Section("Environment", [Table(("", ""), rows, texts=2)])


def shown(value: Any) -> str:
    """Format the value of a setting."""
    if value is None:
        return format.NONE
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return listed([shown(item) for item in value])
    return f"{value:g}" if isinstance(value, float) else str(value)
