"""The beginning of a report: what the run is, how far it came, and its figures."""

from core.protocol.report import RunFacts, TestedSplit
from core.reports.document import Block, Items, Section, Table
from core.reports.wording import interval, score, texts, value_of
from core.runs.events import Evaluation
from core.text import format

_STATES = {
    "starting": "It is starting",
    "training": "It is still training",
    "paused": "It is paused",
    "waiting for disk space": "It is waiting for disk space",
    "finishing": "It is finishing",
    "finished": "It was trained to its planned end",
    "early stopped": "It was stopped early, as validation got no better",
    "stopped": "It was stopped by hand",
    "failed": "It failed",
    "interrupted": "Its trainer ended before its time",
    "unreadable": "This program does not understand it",
}


def lead(facts: RunFacts) -> str:
    """One sentence or two on what this run is and how it ended."""
    plan = facts.plan
    if plan is None:
        what = "A run that did not get as far as a plan."
    else:
        rows = {split.name: split.rows for split in plan.splits}
        what = (
            f"A text classifier of {len(plan.labels):,} labels: {plan.model}, trained on "
            f"{texts(rows.get('train', 0))}."
        )
    how = _STATES[facts.state]
    steps = f", at step {facts.step:,} of {plan.max_steps:,}" if plan and facts.step else ""
    why = f": {facts.error}" if facts.error else "."
    return f"{what} {how}{steps}{why}"


def figures(facts: RunFacts) -> Section:
    """The scores that count, each with its split and how sure it is."""
    rows = score_rows(facts.test, facts.best)
    blocks: list[Block] = []
    if rows:
        blocks.append(Table(("metric", "split", "texts", "score", "95 % interval", "at step"), rows, texts=2))
        blocks.append(_how(facts))
    else:
        blocks.append("Nothing has been evaluated yet.")
    if facts.warnings:
        blocks += ["Warnings of this run:", Items(facts.warnings)]
    return Section("Results", blocks)


def score_rows(test: TestedSplit | None, best: Evaluation | None) -> list[tuple[str, ...]]:
    """Metric, split, texts, score, interval and step: of the test split, and of the best on validation."""
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
    ]
    if unseen := test.unseen:
        split, count = "test, without texts of train", f"{unseen.examples:,}"
        accuracy = interval(unseen.accuracy_low, unseen.accuracy_high)
        f1 = interval(unseen.macro_f1_low, unseen.macro_f1_high)
        rows.append((name, split, count, score(unseen.accuracy), accuracy, step))
        rows.append(("macro F1", split, count, score(unseen.macro_f1), f1, step))
        rows += _micro(split, count, unseen.micro_f1, step)
    rows.append(("loss", "test", f"{found.examples:,}", score(found.loss), format.NONE, step))
    return rows


def _micro(split: str, count: str, value: float | None, step: str) -> list[tuple[str, ...]]:
    """Micro F1, where texts have sets of labels."""
    return [] if value is None else [("micro F1", split, count, score(value), format.NONE, step)]


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


def _how(facts: RunFacts) -> str:
    """How the figures came about."""
    said = []
    if facts.best and facts.plan:
        best = score(value_of(facts.plan.metric, facts.best))
        metric = facts.plan.metric_name
        said.append(f"The weights were chosen by {metric} on the validation split ({best}).")
    if facts.test:
        said.append("The test split had no part in that.")
        intervals = f"Intervals of {format.accuracy(facts.test.evaluation.micro_f1)} are Wilson's"
        said.append(intervals + (", of macro F1 by bootstrap over texts." if facts.test.scores else "."))
        if facts.test.seen:
            said.append(
                f"Of the test texts {facts.test.seen:,} occur in the training split as well; "
                "the scores without them stand beside."
            )
    elif facts.plan and any(split.name == "test" for split in facts.plan.splits):
        said.append("The test split has not been scored: that happens once, at the end of training.")
    else:
        said.append(
            "There is no test split: figures of the validation split flatter, as it chose the weights."
        )
    return " ".join(said)
