"""Runs that differ by their seed only, taken together: mean and spread of their scores."""

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from core.protocol import Contestant, Group, Spread, TestScores


def make_groups(contestants: Sequence[Contestant]) -> list[Group]:
    """The groups in the order of their first members."""
    names = dict.fromkeys(each.group for each in contestants)
    return [_group(name, [each for each in contestants if each.group == name]) for name in names]


def _group(name: str, members: list[Contestant]) -> Group:
    # Never by the test split: what is compared there must not have been chosen there.
    ranked = sorted(members, key=lambda each: each.validation or 0.0)
    scores = [each.scores for each in members]
    unseen = [each.unseen for each in members if each.unseen is not None]
    return Group(
        name=name,
        runs=[each.name for each in members],
        median=ranked[(len(ranked) - 1) // 2].name,
        accuracy=_spread(scores, _accuracy),
        macro_f1=_spread(scores, _macro_f1),
        unseen_accuracy=_spread(unseen, _accuracy) if unseen else None,
        unseen_macro_f1=_spread(unseen, _macro_f1) if unseen else None,
        training_seconds=fmean(each.training_seconds for each in members),
        training_speed=_mean(each.training_speed for each in members),
        prediction_speed=_mean(each.prediction_speed for each in members),
    )


def _accuracy(scores: TestScores) -> float:
    return scores.accuracy


def _macro_f1(scores: TestScores) -> float:
    return scores.macro_f1


def _spread(scores: Sequence[TestScores], value: Callable[[TestScores], float]) -> Spread:
    values = [value(each) for each in scores]
    return Spread(mean=fmean(values), lowest=min(values), highest=max(values))


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
