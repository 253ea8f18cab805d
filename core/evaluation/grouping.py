"""Runs that differ by their seed only, taken together: mean and spread of their scores."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from core.protocol import Contestant, Group, Spread


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
        accuracy=_spread([each.accuracy for each in scores]),
        macro_f1=_spread([each.macro_f1 for each in scores]),
        micro_f1=_known_spread(each.micro_f1 for each in scores),
        unseen_accuracy=_known_spread(each.accuracy for each in unseen),
        unseen_macro_f1=_known_spread(each.macro_f1 for each in unseen),
        unseen_micro_f1=_known_spread(each.micro_f1 for each in unseen),
        training_seconds=fmean(each.training_seconds for each in members),
        training_speed=_mean(each.training_speed for each in members),
        prediction_speed=_mean(each.prediction_speed for each in members),
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(mean=fmean(values), lowest=min(values), highest=max(values))


def _known_spread(values: Iterable[float | None]) -> Spread | None:
    known = [value for value in values if value is not None]
    return _spread(known) if known else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
