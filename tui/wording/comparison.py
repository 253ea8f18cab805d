"""A comparison of runs as tables of text."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from core.protocol import (
    MAJORITY,
    TFIDF,
    ComparedModel,
    Comparison,
    Group,
    PairTest,
    Spread,
    TestScores,
)
from core.text import format

_BASELINES = {MAJORITY: "most frequent", TFIDF: "TF-IDF"}
_COUNTED = (
    "tokens: most per text; step: best on validation; training: time without tokenizing, but all of "
    "TF-IDF; train/s, predict/s: texts per second, predictions from text to label"
)


class Sheet(NamedTuple):
    """A table: its title, the names of its columns, and its rows."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def sheets(found: Comparison) -> list[Sheet]:
    """Scores on all test texts and on those not in the training split, costs, and differences."""
    source = f" {found.source}" if found.source else ""
    texts = format.counted(found.examples, "text")
    title = f"test split{source}: {texts}, {len(found.labels)} labels; 95 % intervals"
    if found.missing:
        title += f"\n{'no baselines' if found.source else 'neither baselines nor texts'}: {found.missing}"
    title += "".join(f"\nwarning: {warning}" for warning in found.warnings)
    title += "".join(f"\n{remark}" for remark in [*found.remarks, *_notes(found)])
    parts = _scores(found, title, unseen=False)
    if found.seen:
        seen = format.counted(found.seen, "of the test texts occurs", "of the test texts occur")
        title = f"{seen} in the training split as well; without them:"
        parts += _scores(found, title, unseen=True)
    return [*parts, _costs(found), _differences(found)]


def _notes(found: Comparison) -> list[str]:
    """What the baselines are, what macro F1 is the mean of, and how many labels the texts have."""
    notes = [
        f"{_BASELINES.get(each.name, each.name)}: {each.description}"
        for each in found.models
        if each.description
    ]
    counts = {each.scores.averaged_labels for each in found.models if each.path}
    if any(count is not None and count < len(found.labels) for count in counts):
        shown = " or ".join(f"{count:,}" for count in sorted(filter(None, counts)))
        notes.append(macro_f1_labels(shown, len(found.labels)))
    true = found.models[0].scores.true_labels
    if true is not None:
        notes.append(f"labels: mean number predicted a text; the test texts have {true:.2f}")
    return notes


def macro_f1_labels(averaged: str, labels: int) -> str:
    """Which labels macro F1 is the mean of, where some have neither texts nor predictions."""
    return f"macro F1: mean over the {averaged} of {labels:,} labels that the texts have or were given"


def group_of(found: Comparison, run: str) -> str:
    """The name of the group that `run` stands for."""
    group = next((group for group in found.groups if group.median == run), None)
    return run if group is None else _shown(group)


def _shown(group: Group) -> str:
    """The name of a group of runs; in words if it is a baseline, whose names no run can have."""
    return _BASELINES.get(group.name, group.name)


def has_seeds(found: Comparison) -> bool:
    """Whether there are several runs of one model."""
    return any(len(group.runs) > 1 for group in found.groups)


def _scores(found: Comparison, title: str, *, unseen: bool) -> list[Sheet]:
    medians = _medians(found)
    if not has_seeds(found):
        rows = [
            (
                _shown(group),
                _with_interval(*_accuracy(scores)),
                _with_interval(*_macro_f1(scores)),
                *_micro(scores),
                *_predicted_labels(scores),
            )
            for group in found.groups
            if (scores := medians[group.name].unseen if unseen else medians[group.name].scores)
        ]
        more = ("micro F1", "labels") if found.is_multi_label else ()
        return [Sheet(title, ("model", _name(found), "macro F1", *more), rows)]
    names = {"accuracy": _name(found), "macro_f1": "macro F1"}
    names |= {"micro_f1": "micro F1"} if found.is_multi_label else {}
    return [
        Sheet(
            f"{name} of the same texts" if number else title,
            (*_SEEDS[:2], f"mean {name}", *_SEEDS[2:]),
            _spreads(found, metric, unseen=unseen),
        )
        for number, (metric, name) in enumerate(names.items())
    ]


_SEEDS = ("model", "seeds", "over seeds", "median seed, 95 %")


def _spreads(found: Comparison, metric: str, *, unseen: bool) -> Sequence[tuple[str, ...]]:
    """One row a group: a score over its seeds, and that of the median seed with its interval."""
    medians, rows = _medians(found), []
    for group in found.groups:
        median = medians[group.name]
        scores = median.unseen if unseen else median.scores
        spread = _spread(group, metric, unseen=unseen)
        if scores is None or spread is None:
            continue
        interval = _WITH_INTERVAL[metric](scores)
        is_baseline = not median.path
        over = "" if len(group.runs) == 1 else f"{spread.lowest:.3f} to {spread.highest:.3f}"
        count = format.NONE if is_baseline else str(len(group.runs))
        rows.append((_shown(group), count, format.score(spread.mean), over or format.NONE, interval))
    return rows


def _spread(group: Group, metric: str, *, unseen: bool) -> Spread | None:
    found: Spread | None = getattr(group, f"unseen_{metric}" if unseen else metric)
    return found


def _accuracy(scores: TestScores) -> tuple[float, float, float]:
    return scores.accuracy, scores.accuracy_low, scores.accuracy_high


def _macro_f1(scores: TestScores) -> tuple[float, float, float]:
    return scores.macro_f1, scores.macro_f1_low, scores.macro_f1_high


def _micro(scores: TestScores) -> tuple[str, ...]:
    """Micro F1 if a text may have several labels, else nothing."""
    return () if scores.micro_f1 is None else (format.score(scores.micro_f1),)


def _predicted_labels(scores: TestScores) -> tuple[str, ...]:
    """The mean number of predicted labels if a text may have several, else nothing."""
    if scores.micro_f1 is None:
        return ()
    return (format.NONE if scores.predicted_labels is None else f"{scores.predicted_labels:.2f}",)


def _name(found: Comparison) -> str:
    """The name of the accuracy: exact match if a text may have several labels."""
    return "exact match" if found.is_multi_label else "accuracy"


def _with_interval(score: float, low: float, high: float) -> str:
    return f"{format.score(score)} ({low:.3f}–{high:.3f})"


_WITH_INTERVAL: dict[str, Callable[[TestScores], str]] = {
    "accuracy": lambda scores: _with_interval(*_accuracy(scores)),
    "macro_f1": lambda scores: _with_interval(*_macro_f1(scores)),
    "micro_f1": lambda scores: "".join(_micro(scores)),  # it has no interval
}


def _costs(found: Comparison) -> Sheet:
    """Time and size."""
    medians, rows = _medians(found), []
    for group in found.groups:
        median = medians[group.name]
        speeds = (format.rate(group.training_speed), format.rate(group.prediction_speed))
        sizes = (format.count(median.parameters), format.size(median.bytes))
        duration = format.duration(group.training_seconds)
        tokens = format.count(median.max_length)
        step = format.count(median.step) if median.path else format.NONE
        rows.append((_shown(group), tokens, step, duration, *speeds, *sizes))
    seeds = ", of the median seed; others: means over seeds" if has_seeds(found) else ""
    columns = (
        "model",
        "tokens",
        "step",
        "training",
        "train/s",
        "predict/s",
        "parameters",
        "size",
    )
    return Sheet(f"{_COUNTED}{seeds}", columns, rows)


def _differences(found: Comparison) -> Sheet:
    """Tests of two models each: McNemar's of the texts that only one gets right, or a paired bootstrap."""
    by_texts = all(pair.low is None for pair in found.pairs)
    name = format.metric(found.metric, is_multi_label=found.is_multi_label)
    rows = []
    for pair in found.pairs:
        names = (group_of(found, pair.first), group_of(found, pair.second))
        figures = _counts(pair) if by_texts else _bootstrapped(pair)
        rows.append((*names, *figures, format.p_value(pair.p_value), _verdict(found, pair)))
    measured = ("only A correct", "only B correct", "McNemar") if by_texts else (f"{name}, A less B", "p")
    return Sheet(_representatives(found, name, by_texts=by_texts), ("A", "B", *measured, ""), rows)


def _counts(pair: PairTest) -> tuple[str, ...]:
    return f"{pair.only_first:,}", f"{pair.only_second:,}"


def _bootstrapped(pair: PairTest) -> tuple[str, ...]:
    if pair.difference is None or pair.low is None or pair.high is None:
        return (format.NONE,)
    return (f"{pair.difference:+.3f} ({pair.low:+.3f} to {pair.high:+.3f})",)


def _representatives(found: Comparison, name: str, *, by_texts: bool) -> str:
    """Notes on the table of differences: what is compared, and the runs that stand for their models."""
    notes = []
    if not by_texts:
        notes.append(f"compared by {name}, which selects; paired bootstrap, 95 % intervals")
    elif found.is_multi_label:
        notes.append("compared by exact match: a text is correct if all its labels are")
    if several := [group for group in found.groups if len(group.runs) > 1]:
        runs = ", ".join(group.median for group in several)
        notes.append(f"median seed on validation of each model: {runs}")
    return "; ".join(notes)


def _verdict(found: Comparison, pair: PairTest) -> str:
    if not pair.is_clear:
        return "no clear difference"
    lead = pair.only_first - pair.only_second if pair.difference is None else pair.difference
    return f"{group_of(found, pair.first if lead > 0 else pair.second)} is better"


def _medians(found: Comparison) -> dict[str, ComparedModel]:
    """The run that stands for each group, by the name of the group."""
    by_name: dict[str, ComparedModel] = {each.name: each for each in found.models}
    return {group.name: by_name[group.median] for group in found.groups}


def model_names(found: Comparison) -> Sequence[str]:
    """Names of the groups of runs, without baselines, in the order of `Disagreement.predicted`."""
    medians = _medians(found)
    return [group.name for group in found.groups if medians[group.name].path]
