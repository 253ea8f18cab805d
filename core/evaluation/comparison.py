"""compare: runs that were tested on the same texts, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from core.data.splits import Split
from core.evaluation.metrics import Scores, score
from core.evaluation.outcomes import Outcomes
from core.evaluation.uncertainty import macro_f1_interval, mcnemar
from core.problems import Problem
from core.protocol import Comparison, Contestant, PairTest, TestScores, ToldApart
from core.runs.directory import RunDirectory
from core.runs.history import History
from core.runs.listing import read_history
from core.training.plan import Plan

# Texts that only one run gets right: so many of each are shown, and as much of each.
_TEXTS = 50
_CHARACTERS = 2000


@dataclass(frozen=True)
class Tested:
    """A run that is over, with its predictions on the test split."""

    run: RunDirectory
    plan: Plan
    history: History
    outcomes: Outcomes

    @classmethod
    def read(cls, run: RunDirectory) -> "Tested":
        """What `run` left.

        Raises:
            Problem: it has no predictions on a test split.
        """
        history = read_history(run)
        try:
            outcomes = Outcomes.read(run.outcomes)
        except FileNotFoundError:
            outcomes = None
        if outcomes is None or history.plan is None:
            raise Problem(
                "it has no predictions on a test split",
                where=run.name,
                mend="Train it to its end with --test FILE.",
            )
        return cls(run, history.plan, history, outcomes)


def read_tested(runs: Sequence[RunDirectory]) -> list[Tested]:
    """What each run left, where they can be compared.

    Raises:
        Problem: there are fewer than two, one has no predictions, or they were tested on different texts.
    """
    if len(set(runs)) < 2:
        raise Problem("one run alone cannot be compared", mend="Name two or more.")
    found = [Tested.read(run) for run in runs]
    first = found[0]
    for other in found[1:]:
        reason = _difference(first, other)
        if reason:
            raise Problem(
                f"{first.run.name} and {other.run.name} cannot be compared: {reason}",
                mend="Train them with the same --test file.",
            )
    return found


def _difference(one: Tested, other: Tested) -> str:
    """Why two runs were not tested on the same texts; empty where they were."""
    if one.outcomes.labels != other.outcomes.labels:
        return "they have different labels"
    counts = len(one.outcomes.label_ids), len(other.outcomes.label_ids)
    if counts[0] != counts[1]:
        return f"one was tested on {counts[0]:,} texts, the other on {counts[1]:,}"
    if one.outcomes.fingerprint != other.outcomes.fingerprint:
        return "they were tested on different texts or labels"
    return ""


def compare(tested: Sequence[Tested], split: Split) -> Comparison:
    """Everything there is to say about runs that were tested on the same texts.

    Args:
        tested: as `read_tested` gives them.
        split: the test split, whose texts are shown.

    Raises:
        Problem: the split is not the one they were tested on any more.
    """
    first = tested[0].outcomes
    if split.fingerprint != first.fingerprint:
        raise Problem("the test data have changed since these runs were tested", where=split.source)
    right = np.stack([each.outcomes.is_right for each in tested])
    pairs = combinations(range(len(tested)), 2)
    return Comparison(
        source=split.source,
        examples=len(split),
        seen=int(first.seen.sum()),
        labels=first.labels,
        contestants=[_contestant(each) for each in tested],
        pairs=[
            PairTest(
                first=tested[one].run.name,
                second=tested[other].run.name,
                only_first=int((right[one] & ~right[other]).sum()),
                only_second=int((right[other] & ~right[one]).sum()),
                p_value=mcnemar(right[one], right[other]),
            )
            for one, other in pairs
        ],
        told_apart=_told_apart(tested, right, split),
    )


def _contestant(tested: Tested) -> Contestant:
    history, outcomes = tested.history, tested.outcomes
    speeds = np.asarray(history.steps.documents_per_second)
    speeds = speeds[speeds > 0]
    unseen = ~outcomes.seen
    return Contestant(
        run=tested.run.name,
        path=str(tested.run.path),
        model=tested.plan.model,
        seed=tested.plan.seed,
        step=outcomes.step,
        scores=_scores(outcomes, np.ones(len(unseen), bool)),
        unseen=_scores(outcomes, unseen) if unseen.any() and not unseen.all() else None,
        training_seconds=float((tested.plan.train_batch_size / speeds).sum()),
        training_speed=float(np.median(speeds)) if len(speeds) else None,
        prediction_speed=len(unseen) / outcomes.seconds if outcomes.seconds else None,
        parameters=tested.plan.parameters,
        bytes=sum(path.stat().st_size for path in tested.run.model.rglob("*") if path.is_file()),
    )


def _scores(outcomes: Outcomes, chosen: npt.NDArray[np.bool_]) -> TestScores:
    predicted, labels = outcomes.predicted[chosen], outcomes.label_ids[chosen]
    found: Scores = score(predicted, labels)
    low, high = macro_f1_interval(predicted, labels)
    return TestScores(
        examples=len(labels),
        accuracy=found.accuracy,
        accuracy_low=found.accuracy_low,
        accuracy_high=found.accuracy_high,
        macro_f1=found.macro_f1,
        macro_f1_low=low,
        macro_f1_high=high,
    )


def _told_apart(tested: Sequence[Tested], right: npt.NDArray[np.bool_], split: Split) -> list[ToldApart]:
    """The texts that only one run gets right, of each run as many as are shown."""
    alone = right & (right.sum(0) == 1)
    chosen = np.unique(np.concatenate([np.flatnonzero(row)[:_TEXTS] for row in alone]))
    predicted = np.stack([each.outcomes.predicted for each in tested])
    labels = tested[0].outcomes.labels
    return [
        ToldApart(
            row=row,
            text=text[:_CHARACTERS],
            label=labels[split.label_ids[row]],
            only=tested[int(right[:, row].argmax())].run.name,
            predicted=[labels[number] for number in predicted[:, row]],
        )
        for row, text in _texts(split, chosen)
    ]


def _texts(split: Split, rows: npt.NDArray[np.intp]) -> list[tuple[int, str]]:
    """Row numbers, in ascending order, with their texts."""
    found, start = [], 0
    for chunk in split.texts.chunks():
        within = rows[(rows >= start) & (rows < start + len(chunk))]
        found += [(int(row), chunk[row - start]) for row in within]
        start += len(chunk)
    return found
