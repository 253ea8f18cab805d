"""The runs and baselines of a comparison, and whether they can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from core.data.splits import DataSplits, Split
from core.evaluation.baselines import Baseline
from core.evaluation.outcomes import Outcomes
from core.problems import Problem
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.runs.improvement import still_improving


@dataclass(frozen=True, eq=False)
class Entrant:
    """One side of a comparison: a run that has ended, or a baseline.

    Attributes:
        name: unique in the comparison.
        group: shared by runs that differ in their seed only.
        model: as the configuration names it.
        outcomes: predictions on the test split.
        training_seconds: time of training.
        training_speed: training texts a second; None where it was not measured.
        parameters: number of parameters.
        max_length: tokens read of each text; None for a baseline, which reads everything.
        trained_on: fingerprints of the training and validation split by name; empty for a baseline, or where
            they are not known.
        path: of the run directory; empty for a baseline.
        seed: of the run.
        validation: best value of the selection metric on the validation split.
        bytes: size of the saved model.
        metric: selects the checkpoint of a run.
        description: what a baseline is, in words.
        improving: that a longer training promises a better run, a sentence; empty if it does not.
        epochs: how often the run has seen its training texts.
    """

    name: str
    group: str
    model: str
    outcomes: Outcomes
    training_seconds: float
    training_speed: float | None
    parameters: int
    max_length: int | None = None
    trained_on: dict[str, str] = field(default_factory=dict)
    path: str = ""
    seed: int | None = None
    validation: float | None = None
    bytes: int | None = None
    metric: str = "accuracy"
    description: str = ""
    improving: str = ""
    epochs: float | None = None

    @classmethod
    def of_run(cls, run: RunDirectory, name: str, group: str) -> Self:
        """Read the results of a run.

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
                split.name: split.fingerprint
                for split in plan.splits
                if split.fingerprint and split.name != "test"
            },
            path=str(run.path),
            seed=plan.seed,
            validation=history.stopping.best if history.stopping else None,
            bytes=sum(path.stat().st_size for path in run.model.rglob("*") if path.is_file()),
            metric=plan.metric,
            improving=" ".join(still_improving(history)),
            epochs=history.step / plan.steps_per_epoch,
        )

    @classmethod
    def of_baseline(cls, baseline: Baseline) -> Self:
        """Enter a baseline."""
        seconds = baseline.training_seconds
        return cls(
            name=baseline.name,
            group=baseline.name,
            model=baseline.name,
            outcomes=baseline.outcomes,
            training_seconds=seconds,
            training_speed=baseline.texts / seconds if seconds else None,
            parameters=baseline.parameters,
            description=baseline.description,
        )


def same_test(entrants: Sequence[Entrant]) -> tuple[list[Entrant], list[str]]:
    """Those that were tested on the same texts with the same labels as the first, and why not the others.

    Raises:
        Problem: none of the others was.
    """
    first, *others = entrants
    reasons = [_difference(first, other) for other in others]
    if others and all(reasons):
        has_other_labels = first.outcomes.labels != others[0].outcomes.labels
        raise Problem(
            f"they cannot be compared: {reasons[0]}",
            where=f"{first.name} and {others[0].name}",
            mend="Compare runs of the same data."
            if has_other_labels
            else "Train them with the same --test file.",
        )
    left_out = [
        f"{other.name} is not compared with {first.name}: {reason}"
        for other, reason in zip(others, reasons, strict=True)
        if reason
    ]
    return [first, *(other for other, reason in zip(others, reasons, strict=True) if not reason)], left_out


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
        Problem: there is no test split any more, or its texts or labels have changed.
    """
    if splits.test is None:
        raise Problem("the test split of these runs is gone", where=splits.train.source)
    if splits.test.fingerprint != entrant.outcomes.fingerprint:
        raise Problem("the test data have changed since these runs were tested", where=splits.test.source)
    return splits.test


def check_trained_on(splits: DataSplits, entrant: Entrant) -> None:
    """Check that `splits` are what `entrant` was trained on, so that baselines learn from the same data.

    Raises:
        Problem: the training or validation data have changed.
    """
    for split in (splits.train, splits.validation):
        if entrant.trained_on.get(split.name, split.fingerprint) != split.fingerprint:
            raise Problem(
                f"the {split.name} data have changed since these runs were trained", where=split.source
            )
