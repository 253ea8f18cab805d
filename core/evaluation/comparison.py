"""Compare runs, and baselines, that were tested on the same texts."""

from collections.abc import Iterable, Sequence
from statistics import fmean

import numpy as np
import numpy.typing as npt

from core.data.examples.texts import pick
from core.data.splits import Split
from core.evaluation.entrants import Entrant
from core.evaluation.pair_tests import below_baselines, pair_tests
from core.evaluation.scores import scores_on, scores_without
from core.models.inference_settings import labels_as_text
from core.protocol import ComparedModel, Comparison, Disagreement, Group, Spread
from core.text import format

# For each run: how many texts that no other run gets right are shown, and how many characters of each.
_TEXTS = 50
_CHARACTERS = 20_000


def compare(
    entrants: Sequence[Entrant],
    split: Split | None,
    missing: str = "",
    remarks: Sequence[str] = (),
    metric: str = "accuracy",
) -> Comparison:
    """Compare runs and baselines.

    Args:
        entrants: runs first, then baselines; `same_test` has chosen them.
        split: the test split, for the texts that are shown; None where it is gone.
        missing: why there is no split, or no baselines.
        remarks: further remarks, shown first.
        metric: to compare by.
    """
    remarks = [*remarks, *_remarks(entrants)]
    known = np.logical_or.reduce([entrant.outcomes.seen for entrant in entrants])
    first = entrants[0].outcomes
    improving = [f"{entrant.name}: {entrant.improving}" for entrant in entrants if entrant.improving]
    models = [_compared_model(entrant, known) for entrant in entrants]
    groups = make_groups(models)
    # One run of each group: the pairs of all seeds of all models would be too many to read.
    medians = {group.median for group in groups}
    entrants = [entrant for entrant in entrants if entrant.name in medians]
    runs = [entrant for entrant in entrants if entrant.path]
    outcomes = {entrant.name: entrant.outcomes for entrant in entrants}
    tests = pair_tests(outcomes, metric)
    return Comparison(
        source=split.source if split else "",
        missing=missing,
        remarks=remarks,
        warnings=[*below_baselines(tests, outcomes, metric), *improving],
        metric=metric,
        examples=len(first.label_ids),
        seen=int(known.sum()),
        labels=first.labels,
        is_multi_label=first.thresholds is not None,
        models=models,
        groups=groups,
        pairs=tests,
        disagreements=_disagreements(runs, split) if split else [],
    )


def _remarks(entrants: Sequence[Entrant]) -> list[str]:
    """Reasons to read the scores with care."""
    return [
        *_different_data(entrants),
        *_different_metrics(entrants),
        *filter(None, map(_barely_trained, entrants)),
    ]


def _barely_trained(entrant: Entrant) -> str:
    """A remark on a run that trained for less than an epoch or predicts one label only; else empty."""
    predicted = np.unique(entrant.outcomes.predicted)
    if entrant.path and entrant.outcomes.thresholds is None and len(predicted) == 1:
        return f"{entrant.name} predicts {entrant.outcomes.labels[int(predicted[0])]!r} for every text"
    if entrant.epochs is not None and entrant.epochs < 1:
        return f"{entrant.name} has seen {entrant.epochs:.0%} of its training texts, each of them once"
    return ""


def _different_data(entrants: Sequence[Entrant]) -> list[str]:
    """Remarks on runs that were trained or validated on other data than the first."""
    first, *others = (entrant for entrant in entrants if entrant.path)
    has_baselines = any(not entrant.path for entrant in entrants)
    remarks = []
    for name in ("train", "validation"):
        known = first.trained_on.get(name)
        differing = [other.name for other in others if known and other.trained_on.get(name, known) != known]
        if differing:
            shared = ", which the baselines use too" if has_baselines else ""
            remarks.append(f"{', '.join(differing)}: not the same {name} data as {first.name}{shared}")
    return remarks


def _different_metrics(entrants: Sequence[Entrant]) -> list[str]:
    """A remark if the checkpoints were selected by different metrics; the first one's is compared."""
    first, *others = (entrant for entrant in entrants if entrant.path)
    differing = [other.name for other in others if other.metric != first.metric]
    if not differing:
        return []
    return [f"{', '.join(differing)}: not selected by {format.metric(first.metric)}, which is compared"]


def _is_right(entrants: Sequence[Entrant]) -> npt.NDArray[np.bool_]:
    """Whether each predicted each text correctly, shape (entrants, texts)."""
    return np.stack([entrant.outcomes.is_right for entrant in entrants])


def _compared_model(entrant: Entrant, known: npt.NDArray[np.bool_]) -> ComparedModel:
    """The scores of an entrant, also without the texts that are `known` from training, shape (texts,)."""
    outcomes = entrant.outcomes
    return ComparedModel(
        name=entrant.name,
        path=entrant.path,
        group=entrant.group,
        model=entrant.model,
        seed=entrant.seed,
        step=outcomes.step,
        validation=entrant.validation,
        scores=scores_on(outcomes, np.ones(len(known), bool)),
        unseen=scores_without(outcomes, known),
        max_length=entrant.max_length,
        training_seconds=entrant.training_seconds,
        training_speed=entrant.training_speed,
        prediction_speed=len(known) / outcomes.seconds if outcomes.seconds else None,
        parameters=entrant.parameters,
        bytes=entrant.bytes,
        description=entrant.description,
    )


def _disagreements(entrants: Sequence[Entrant], split: Split) -> list[Disagreement]:
    """The texts that only one of the runs gets right, up to `_TEXTS` for each run."""
    if len(entrants) < 2:
        return []  # a single group
    right = _is_right(entrants)
    alone = right & (right.sum(0) == 1)
    chosen = np.unique(np.concatenate([np.flatnonzero(row)[:_TEXTS] for row in alone]))
    labels = entrants[0].outcomes.labels
    true = labels_as_text(split.label_ids[chosen], labels)
    predicted = [labels_as_text(entrant.outcomes.predicted[chosen], labels) for entrant in entrants]
    return [
        Disagreement(
            row=row,
            text=text[:_CHARACTERS],
            label=true[place],
            only=entrants[int(right[:, row].argmax())].name,
            predicted=[names[place] for names in predicted],
        )
        for place, (row, text) in enumerate(pick(split.texts, chosen))
    ]


def make_groups(models: Sequence[ComparedModel]) -> list[Group]:
    """Group runs that differ in their seed only, in the order of their first members."""
    names = dict.fromkeys(each.group for each in models)
    return [_group(name, [each for each in models if each.group == name]) for name in names]


def _group(name: str, members: list[ComparedModel]) -> Group:
    # The median is chosen on validation: choosing it on the test split would bias the comparison.
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
        training_speed=_known_mean(each.training_speed for each in members),
        prediction_speed=_known_mean(each.prediction_speed for each in members),
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(mean=fmean(values), lowest=min(values), highest=max(values))


def _known_spread(values: Iterable[float | None]) -> Spread | None:
    known = [value for value in values if value is not None]
    return _spread(known) if known else None


def _known_mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
