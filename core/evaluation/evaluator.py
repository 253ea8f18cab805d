"""Evaluator: evaluates checkpoints, and reuses what it has read and classified before.

Heavy libraries are imported by the function that needs them.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.config import build_config, read_config
from core.data.columns.columns import TrainedColumns, as_planned, trained_columns
from core.data.sources import stamps
from core.data.splits import DataSplits, Split, load_labelled, load_splits
from core.evaluation.target import EvaluationTarget
from core.files.cache import Latest
from core.prediction.predictor_cache import PredictorCache, sharing_with_trainer
from core.prediction.source import find_source
from core.problems import Problem
from core.protocol import EvaluationReport, OnProgress
from core.runs.directory import RunDirectory
from core.runs.plan import Plan

if TYPE_CHECKING:
    from core.evaluation.outcomes import Outcomes

_CHANGED = "the data have changed since this run was trained"


@dataclass(frozen=True)
class Evaluated:
    """An evaluation: the data, the predictions on them, and the report."""

    split: Split
    outcomes: Outcomes
    report: EvaluationReport


class Evaluator:
    """Evaluates checkpoints, one at a time.

    The last evaluation and its data stay in memory. Predictions are kept in a file of the run, one for each
    data set, so that the next process need not classify again.

    Args:
        splits: shared with others who read the data of runs.
        predictors: shared with others who predict.
    """

    def __init__(self, splits: Latest[DataSplits], predictors: PredictorCache) -> None:
        self._splits = splits
        self._predictors = predictors
        self._labelled: Latest[Split] = Latest()
        self._evaluated: Latest[Evaluated] = Latest()

    def evaluate(
        self, target: EvaluationTarget, on_progress: OnProgress, *, step: int | None = None
    ) -> Evaluated:
        """Evaluate the checkpoint of `step`, by default the newest.

        Raises:
            Problem: the checkpoint is gone, or the data cannot be read or have changed.
        """
        if target.data is not None and target.plan is not None:
            target = target.resolved(self._read_labelled(target, on_progress).fingerprint)
        now = target.step if step is None else step
        key = target, target.is_test, stamps(target.config), now
        return self._evaluated.get(key, lambda: self._evaluate(target, step, on_progress))

    def _evaluate(self, target: EvaluationTarget, step: int | None, on_progress: OnProgress) -> Evaluated:
        split, which, knows_training = self._read(target, on_progress), target.which, True
        is_own = target.data is None
        if not is_own:
            used = self._read_used(target, on_progress)
            knows_training = used is not None
            if used is not None:
                split = replace(
                    split, seen=np.logical_or.reduce([np.isin(split.keys, each.keys) for each in used])
                )
        if target.is_test:
            outcomes = _read_test(target.run)
        else:
            which = find_source(target.run, which).which
            outcomes = self._predict(target, split, step, on_progress)
            # The only split of the run that is classified here is validation, on which training fits.
            is_fitted_on = is_own and outcomes.fitted_at != 0
            outcomes = replace(outcomes, is_fitted_on=is_fitted_on, seen=split.seen)
        if outcomes.fingerprint != split.fingerprint:
            raise Problem(_CHANGED, where=split.source)
        on_progress("computing the report")
        from core.evaluation.report import report

        found = report(outcomes, split, which, is_own=is_own, knows_training=knows_training)
        if target.is_test and target.plan is not None:
            from core.evaluation.known_baselines import below_known_baselines

            warnings = below_known_baselines(target.run.name, target.plan, outcomes)
            found = msgspec.structs.replace(found, warnings=warnings)
        return Evaluated(split, outcomes, found)

    def _read(self, target: EvaluationTarget, on_progress: OnProgress) -> Split:
        """The labelled data."""
        if target.data is not None or target.is_test:
            return self._read_labelled(target, on_progress)
        on_progress("reading data")
        split = self._read_own(target).validation
        if target.has_changed(split):
            raise Problem(_CHANGED, where=split.source)
        return split

    def _read_used(self, target: EvaluationTarget, on_progress: OnProgress) -> list[Split] | None:
        """The splits that trained the run and chose its checkpoint; None if one is gone or has changed."""
        on_progress("reading the training data")
        try:
            splits = self._read_own(target)
        except Problem:
            return None
        used = [splits.train, splits.validation]
        return None if any(map(target.has_changed, used)) else used

    def _read_own(self, target: EvaluationTarget) -> DataSplits:
        """The data of the run as they are now."""
        config = build_config(read_config(target.run.config))
        data = as_planned(config.data, target.plan)
        key = data, config.split_seed, stamps(data)
        return self._splits.get(key, lambda: load_splits(data, seed=config.split_seed))

    def _read_labelled(self, target: EvaluationTarget, on_progress: OnProgress) -> Split:
        """Data with the labels of the run: those of the target, or its test split."""
        config, is_own = target.config, target.data is None
        if is_own:
            config = config.model_copy(update={"train": config.test or config.train})

        def load() -> Split:
            on_progress("reading data")
            plan = target.plan
            # Without its plan only the weights of the run know its labels.
            labels = plan.labels if plan is not None else self._load_labels(target, on_progress)
            split = load_labelled(config, labels, _trained(target.run, plan))
            return replace(split, name="test") if is_own else split

        return self._labelled.get((target.run, is_own, config, stamps(config)), load)

    def _load_labels(self, target: EvaluationTarget, on_progress: OnProgress) -> list[str]:
        with sharing_with_trainer(target.run, target.device) as device:
            return self._predictors.load(target.run, target.which, device, on_progress).labels

    def _predict(
        self, target: EvaluationTarget, split: Split, step: int | None, on_progress: OnProgress
    ) -> Outcomes:
        """Predictions on `split`: from the file of the run, or computed and kept there."""
        from core.evaluation.outcomes import Outcomes

        wanted = target.step if step is None else step
        path = target.run.evaluated(split.fingerprint)
        # A file that is damaged, or of another step, is written again.
        with contextlib.suppress(FileNotFoundError, Problem):
            kept = Outcomes.read(path)
            if (kept.step, kept.fingerprint) == (wanted, split.fingerprint):
                return kept
        with sharing_with_trainer(target.run, target.device) as device:
            predictor = self._predictors.load(target.run, target.which, device, on_progress)
            if step is not None and predictor.source.step != step:
                raise Problem(
                    f"the checkpoint of step {step} no longer exists",
                    where=target.run.name,
                    mend="Evaluate the newest one.",
                )
            from core.evaluation.report import classify

            found = classify(predictor, split, lambda done, total: on_progress("classifying", done, total))
        with contextlib.suppress(OSError):  # in a run that is read-only they are computed every time
            found.write(path)
        return found


def _trained(run: RunDirectory, plan: Plan | None) -> TrainedColumns | None:
    """The columns of a run and what its configuration did to the labels; None if its plan is lost."""
    trained = trained_columns(plan)
    if trained is None:
        return None
    data = build_config(read_config(run.config)).data
    return replace(
        trained,
        delimiter=trained.delimiter or data.label_delimiter,
        merge_labels=data.merge_labels,
        dropped_labels=data.min_label_examples > 1 or bool(data.drop_labels),
    )


def _read_test(run: RunDirectory) -> Outcomes:
    """The predictions on the test split. Early versions kept the temperature only with the model."""
    from core.evaluation.outcomes import Outcomes
    from core.models.inference_settings import InferenceSettings

    outcomes = Outcomes.read(run.outcomes)
    if outcomes.temperature != 1.0:
        return outcomes
    return replace(outcomes, temperature=InferenceSettings.read(run.model).temperature)
