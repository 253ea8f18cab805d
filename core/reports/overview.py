"""The beginning of a report: what the run is, its state, and its scores."""

from core.protocol.comparison import TestScores
from core.protocol.report import RunFacts, TestedSplit
from core.reports.document import Block, Items, Section, Table
from core.reports.wording import interval, score, texts, value_of
from core.runs.events import Evaluation
from core.text import format

SCORE_COLUMNS = ("metric", "split", "texts", "score", "95 % interval", "at step")
_STATES = {
    "starting": "The run is starting",
    "training": "The run is training",
    "paused": "The run is paused",
    "waiting for disk space": "The run is waiting for disk space",
    "finishing": "The run is finishing",
    "finished": "The run finished as planned",
    "early stopped": "The run stopped early, because validation stopped improving",
    "stopped": "The run was stopped by a user",
    "failed": "The run failed",
    "interrupted": "The run was interrupted",
    "unreadable": "The run cannot be read",
}


def lead(facts: RunFacts) -> str:
    """Return a sentence or two on what this run is and how it ended."""
    plan = facts.plan
    if plan is None:
        what = "A run without a plan."
    else:
        rows = {split.name: split.rows for split in plan.splits}
        what = (
            f"A text classifier with {len(plan.labels):,} labels: {plan.model}, trained on "
            f"{texts(rows.get('train', 0))}."
        )
    how = _STATES[facts.state]
    steps = f", at step {facts.step:,} of {plan.max_steps:,}" if plan and facts.step else ""
    why = f": {facts.error}" if facts.error else "."
    return f"{what} {how}{steps}{why}"


def figures(facts: RunFacts) -> Section:
    """Return the scores, each with its split and interval, and the warnings."""
    rows = score_rows(facts.test, facts.best)
    blocks: list[Block] = []
    if rows:
        blocks.append(Table(SCORE_COLUMNS, rows, texts=2))
        blocks.append(_explanation(facts))
    else:
        blocks.append("Nothing has been evaluated yet.")
    if facts.warnings:
        blocks += ["Warnings:", Items(facts.warnings)]
    return Section("Results", blocks)


def score_rows(test: TestedSplit | None, best: Evaluation | None) -> list[tuple[str, ...]]:
    """Return a row for each score of the test split and of the best evaluation on validation."""
    return _test_rows(test) + _validation_rows(best)


def _test_rows(test: TestedSplit | None) -> list[tuple[str, ...]]:
    if test is None:
        return []
    found, scores = test.evaluation, test.scores
    step, count = f"{found.step:,}", f"{found.examples:,}"
    name = format.accuracy(found.micro_f1)
    f1 = interval(scores.macro_f1_low, scores.macro_f1_high) if scores else format.NONE
    rows: list[tuple[str, ...]] = [
        (
            name,
            "test",
            count,
            score(found.accuracy),
            interval(found.accuracy_low, found.accuracy_high),
            step,
        ),
        ("macro F1", "test", count, score(found.macro_f1), f1, step),
        *_micro("test", count, found.micro_f1, step),
        *_labels_a_text(scores, count, step),
    ]
    if unseen := test.unseen:
        split, count = "test, without training texts", f"{unseen.examples:,}"
        accuracy = interval(unseen.accuracy_low, unseen.accuracy_high)
        f1 = interval(unseen.macro_f1_low, unseen.macro_f1_high)
        rows.append((name, split, count, score(unseen.accuracy), accuracy, step))
        rows.append(("macro F1", split, count, score(unseen.macro_f1), f1, step))
        rows += _micro(split, count, unseen.micro_f1, step)
    rows.append(("loss", "test", f"{found.examples:,}", score(found.loss), format.NONE, step))
    return rows


def _micro(split: str, count: str, value: float | None, step: str) -> list[tuple[str, ...]]:
    """Micro F1, for multi-label runs only."""
    return [] if value is None else [("micro F1", split, count, score(value), format.NONE, step)]


def _labels_a_text(scores: TestScores | None, count: str, step: str) -> list[tuple[str, ...]]:
    """Mean numbers of labels a text, for multi-label runs only."""
    if scores is None or scores.true_labels is None or scores.predicted_labels is None:
        return []
    figures = f"{scores.predicted_labels:.2f} (true: {scores.true_labels:.2f})"
    return [("predicted labels a text", "test", count, figures, format.NONE, step)]


def _validation_rows(best: Evaluation | None) -> list[tuple[str, ...]]:
    if best is None:
        return []
    split, count, step = "validation", f"{best.examples:,}", f"{best.step:,}"
    accuracy = interval(best.accuracy_low, best.accuracy_high)
    return [
        (format.accuracy(best.micro_f1), split, count, score(best.accuracy), accuracy, step),
        ("macro F1", split, count, score(best.macro_f1), format.NONE, step),
        *_micro(split, count, best.micro_f1, step),
        ("loss", split, count, score(best.loss), format.NONE, step),
    ]


def _explanation(facts: RunFacts) -> str:
    """Explain how the weights were selected and what the scores mean."""
    said = []
    if facts.best and facts.plan:
        best = score(value_of(facts.plan.metric, facts.best))
        metric = facts.plan.metric_name
        said.append(f"The weights were selected by {metric} on the validation split ({best}).")
    if facts.test:
        said.append("The test split was not used for that.")
        intervals = f"Intervals of {format.accuracy(facts.test.evaluation.micro_f1)} are Wilson intervals"
        bootstrap = ", those of macro F1 are bootstrapped over texts." if facts.test.scores else "."
        said.append(intervals + bootstrap)
        if facts.test.seen:
            said.append(
                f"{texts(facts.test.seen)} of the test split also occur in the training split; "
                "the table has the scores without them, too."
            )
    elif facts.plan and any(split.name == "test" for split in facts.plan.splits):
        said.append("The test split has not been scored yet; it is scored once, at the end of training.")
    else:
        said.append(
            "There is no test split. The validation scores are optimistic, because they selected the weights."
        )
    return " ".join(said)
