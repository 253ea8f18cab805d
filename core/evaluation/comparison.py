"""compare: runs that were tested on the same texts, and floors, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Self

import numpy as np
import numpy.typing as npt

from core.data.splits import DataSplits, Split
from core.data.texts import pick
from core.evaluation.baselines import Floor
from core.evaluation.grouping import make_groups
from core.evaluation.outcomes import Outcomes
from core.evaluation.scoring import scores_on, scores_without
from core.evaluation.uncertainty import mcnemar
from core.models.inference_settings import worded
from core.problems import Problem
from core.protocol import Comparison, Contestant, PairTest, ToldApart
from core.runs.directory import RunDirectory
from core.runs.history import read_history

# Texts that only one run gets right: so many of each are shown, and as much of each.
_TEXTS = 50
_CHARACTERS = 20_000


@dataclass(frozen=True, eq=False)
class Entrant:
    """What is compared: a run that is over, or a floor."""

    name: str
    group: str
    """What the runs are called together that differ by their seed only."""
    model: str
    outcomes: Outcomes
    """On the test split."""
    training_seconds: float
    training_speed: float | None
    parameters: int
    max_length: int | None = None
    trained_on: dict[str, str] = field(default_factory=dict)
    """Fingerprints of its training and validation split; none where they are not known, and for a floor."""
    path: str = ""
    seed: int | None = None
    validation: float | None = None
    bytes: int | None = None
    epochs: float | None = None
    """How often it has seen its training texts."""

    @classmethod
    def of_run(cls, run: RunDirectory, name: str, group: str) -> Self:
        """What `run` left.

        Raises:
            Problem: it has no predictions on a test split.
        """
        history = read_history(run)
        plan = history.plan
        if plan is None or not run.outcomes.is_file():
            raise Problem(
                "it has no predictions on a test split",
                where=run.name,
                mend="Train it to its end with --test FILE.",
            )
        return cls(
            name=name,
            group=group,
            model=plan.model,
            outcomes=Outcomes.read(run.outcomes),
            training_seconds=history.training_seconds,
            training_speed=history.training_speed,
            parameters=plan.parameters,
            max_length=plan.max_length,
            trained_on={
                part.name: part.fingerprint
                for part in plan.splits
                if part.fingerprint and part.name != "test"
            },
            path=str(run.path),
            seed=plan.seed,
            validation=history.stopping.best if history.stopping else None,
            bytes=sum(path.stat().st_size for path in run.model.rglob("*") if path.is_file()),
            epochs=history.step / plan.steps_per_epoch,
        )

    @classmethod
    def of_floor(cls, floor: Floor) -> Self:
        """A floor beside the runs."""
        seconds = floor.training_seconds
        return cls(
            name=floor.name,
            group=floor.name,
            model=floor.name,
            outcomes=floor.outcomes,
            training_seconds=seconds,
            training_speed=floor.texts / seconds if seconds else None,
            parameters=floor.parameters,
        )


def check_same_test(entrants: Sequence[Entrant]) -> None:
    """Make sure that what is compared was tested on the same texts.

    Raises:
        Problem: they were tested on different texts.
    """
    first = entrants[0]
    for other in entrants[1:]:
        reason = _difference(first, other)
        if reason:
            has_other_labels = first.outcomes.labels != other.outcomes.labels
            raise Problem(
                f"they cannot be compared: {reason}",
                where=f"{first.name} and {other.name}",
                mend="Compare runs of the same data."
                if has_other_labels
                else "Train them with the same --test file.",
            )


def _difference(one: Entrant, other: Entrant) -> str:
    """Why two were not tested on the same texts; empty where they were."""
    if one.outcomes.labels != other.outcomes.labels:
        return "they have different labels"
    counts = len(one.outcomes.label_ids), len(other.outcomes.label_ids)
    if counts[0] != counts[1]:
        return f"one was tested on {counts[0]:,} texts, the other on {counts[1]:,}"
    if one.outcomes.fingerprint != other.outcomes.fingerprint:
        return "they were tested on different texts or labels"
    return ""


def tested_split(splits: DataSplits, entrant: Entrant) -> Split:
    """The test split that `entrant` was tested on.

    Raises:
        Problem: there is none any more, or its texts or labels have changed.
    """
    if splits.test is None:
        raise Problem("the test split of these runs is gone", where=splits.train.source)
    if splits.test.fingerprint != entrant.outcomes.fingerprint:
        raise Problem("the test data have changed since these runs were tested", where=splits.test.source)
    return splits.test


def check_trained_on(splits: DataSplits, entrant: Entrant) -> None:
    """Make sure that floors learn from what `entrant` has learnt from.

    Raises:
        Problem: its training or validation data have changed.
    """
    for split in (splits.train, splits.validation):
        if entrant.trained_on.get(split.name, split.fingerprint) != split.fingerprint:
            raise Problem(
                f"the {split.name} data have changed since these runs were trained", where=split.source
            )


def _remarks(entrants: Sequence[Entrant]) -> list[str]:
    """What a reader of the scores should know of the runs."""
    return [*_other_data(entrants), *filter(None, map(_hardly_trained, entrants))]


def _hardly_trained(entrant: Entrant) -> str:
    """That a run has seen but a part of its texts, or has learnt but one answer; empty where it is sound."""
    said = np.unique(entrant.outcomes.predicted)
    if entrant.path and entrant.outcomes.thresholds is None and len(said) == 1:
        return f"{entrant.name} says {entrant.outcomes.labels[int(said[0])]!r} of every text"
    if entrant.epochs is not None and entrant.epochs < 1:
        return f"{entrant.name} has seen {entrant.epochs:.0%} of its training texts, and none of them twice"
    return ""


def _other_data(entrants: Sequence[Entrant]) -> list[str]:
    """Which runs have learnt from other data than the first."""
    first, *others = (entrant for entrant in entrants if entrant.path)
    floor_names = [entrant.name for entrant in entrants if not entrant.path]
    found = []
    for name in ("train", "validation"):
        known = first.trained_on.get(name)
        differing = [other.name for other in others if known and other.trained_on.get(name, known) != known]
        if differing:
            floors = f", whose data the {' and '.join(floor_names)} floors have, too" if floor_names else ""
            found.append(f"{', '.join(differing)}: not the same {name} data as {first.name}{floors}")
    return found


def compare(
    entrants: Sequence[Entrant], split: Split | None, missing: str = "", told: Sequence[str] = ()
) -> Comparison:
    """Everything there is to say about runs and floors that were tested on the same texts.

    Args:
        entrants: as `check_same_test` allows them.
        split: the test split, whose texts are shown.
        missing: why there is no split, or are no floors.
        told: remarks of whoever chose the runs.
    """
    remarks = [*told, *_remarks(entrants)]
    known = np.logical_or.reduce([entrant.outcomes.seen for entrant in entrants])
    first = entrants[0].outcomes
    contestants = [_contestant(entrant, known) for entrant in entrants]
    groups = make_groups(contestants)
    # One of each group: all seeds of all models would be pairs without end.
    medians = {group.median for group in groups}
    entrants = [entrant for entrant in entrants if entrant.name in medians]
    right = _rights(entrants)
    runs = [entrant for entrant in entrants if entrant.path]
    return Comparison(
        source=split.source if split else "",
        missing=missing,
        remarks=remarks,
        examples=len(first.label_ids),
        seen=int(known.sum()),
        labels=first.labels,
        is_multi_label=first.thresholds is not None,
        contestants=contestants,
        groups=groups,
        pairs=[
            PairTest(
                first=entrants[one].name,
                second=entrants[other].name,
                only_first=int((right[one] & ~right[other]).sum()),
                only_second=int((right[other] & ~right[one]).sum()),
                p_value=mcnemar(right[one], right[other]),
            )
            for one, other in combinations(range(len(entrants)), 2)
            if entrants[one].path  # floors are not compared with each other
        ],
        told_apart=_told_apart(runs, split) if split else [],
    )


def _rights(entrants: Sequence[Entrant]) -> npt.NDArray[np.bool_]:
    """Who got which text right, shape (entrants, texts)."""
    return np.stack([entrant.outcomes.is_right for entrant in entrants])


def _contestant(entrant: Entrant, known: npt.NDArray[np.bool_]) -> Contestant:
    """An entrant, also without the texts that are `known` from training, shape (texts,)."""
    outcomes = entrant.outcomes
    return Contestant(
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
    )


def _told_apart(entrants: Sequence[Entrant], split: Split) -> list[ToldApart]:
    """The texts that only one of the runs gets right, of each as many as are shown."""
    if len(entrants) < 2:
        return []  # all the seeds of one model
    right = _rights(entrants)
    alone = right & (right.sum(0) == 1)
    chosen = np.unique(np.concatenate([np.flatnonzero(row)[:_TEXTS] for row in alone]))
    labels = entrants[0].outcomes.labels
    true = worded(split.label_ids[chosen], labels)
    predicted = [worded(entrant.outcomes.predicted[chosen], labels) for entrant in entrants]
    return [
        ToldApart(
            row=row,
            text=text[:_CHARACTERS],
            label=true[place],
            only=entrants[int(right[:, row].argmax())].name,
            predicted=[names[place] for names in predicted],
        )
        for place, (row, text) in enumerate(pick(split.texts, chosen))
    ]
