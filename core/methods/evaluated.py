"""What an evaluation is about, and what came out of it: kept by the service, and in a file of the run.

The heavy libraries are imported by the function that needs them.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from core.config import DataConfig, build_config, read_config
from core.data.sources import stamps
from core.data.splits import DataSplits, Split, load_labelled, load_splits
from core.methods.memory import Memory, Progress, beside_trainer, plan_of, trained_columns
from core.prediction.source import find_source
from core.problems import Problem
from core.protocol import EvaluationReport, OwnSplit
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory

if TYPE_CHECKING:
    from core.evaluation.outcomes import Outcomes

_CHANGED = "the data have changed since this run was trained"


@dataclass(frozen=True)
class Evaluated:
    """A checkpoint, the data it was held against, and everything that was found."""

    split: Split
    outcomes: Outcomes
    report: EvaluationReport


@dataclass(frozen=True)
class Question:
    """Which checkpoint is evaluated on what: `data`, or a split of the run.

    Without data and split it is the test split of the run if there is an answer already: what the best
    checkpoint said of it when training ended. The test split is never looked at for the sake of a look;
    before, and for the last checkpoint, it is the validation split. Data that are a split of the run are
    that split, by whatever name they come.
    """

    run: str
    which: Which
    data: DataConfig | None
    split: OwnSplit | None
    device: str

    @property
    def directory(self) -> RunDirectory:
        """The run."""
        return RunDirectory.open(Path(self.run))

    @property
    def is_of_test(self) -> bool:
        """Whether it is about what the run found on its test split.

        Raises:
            Problem: it asks for the test split, which the run has not been tested on.
        """
        if self.data is not None or self.split == "validation":
            return False
        if self.which == "best" and self.directory.outcomes.is_file():
            return True
        if self.split == "test" and self.which == "last":
            raise Problem(
                f"the last checkpoint is never held against the test split{self._test_source}",
                where=self.directory.name,
                mend="Ask for the best one, or for the validation split.",
            )
        if self.split == "test":
            raise Problem(
                f"it has no predictions on a test split{self._test_source}",
                where=self.directory.name,
                mend="The best checkpoint gets them when training with --test ends.",
            )
        return False

    @property
    def _test_source(self) -> str:
        """Where the test split is from, for a sentence: it may have been asked for by its file."""
        plan = plan_of(self.run)
        return "".join(f", {part.source}" for part in plan.splits if part.name == "test") if plan else ""

    @property
    def step(self) -> int:
        """Of the checkpoint that would answer now."""
        from core.evaluation.outcomes import Outcomes

        if self.is_of_test:
            return Outcomes.read(self.directory.outcomes).step
        return find_source(self.directory, self.which).step

    @property
    def config(self) -> DataConfig:
        """Where the data is."""
        if self.data is not None:
            return self.data
        return build_config(read_config(self.directory.config)).data


def evaluated(
    memory: Memory, question: Question, on_progress: Progress, step: int | None = None
) -> Evaluated:
    """What the checkpoint of `step` says, or the newest; computed where neither service nor run has it.

    Raises:
        Problem: that checkpoint is gone, or the data cannot be read or have changed.
    """
    question = _recognized(memory, question, on_progress)
    now = question.step if step is None else step
    asked = question, question.is_of_test, stamps(question.config), now
    return memory.evaluated.get(asked, lambda: _evaluate(memory, question, step, on_progress))


def _recognized(memory: Memory, question: Question, on_progress: Progress) -> Question:
    """The same question, or one about a split of the run where its data are the texts and labels of that."""
    plan = plan_of(question.run)
    if question.data is None or plan is None:
        return question
    found = _labelled(memory, question, on_progress).fingerprint
    own = {part.name for part in plan.splits if part.fingerprint == found}
    name: OwnSplit | None = next((each for each in get_args(OwnSplit) if each in own), None)
    return question if name is None else replace(question, data=None, split=name)


def _evaluate(memory: Memory, question: Question, step: int | None, on_progress: Progress) -> Evaluated:
    split, which, knows_training = _read(memory, question, on_progress), question.which, True
    if question.data is not None:
        trained = _trained_with(memory, question, on_progress)
        knows_training = trained is not None
        if trained is not None:
            split = replace(split, seen=np.isin(split.keys, trained.keys))
    if question.is_of_test:
        outcomes = _read_test(question.directory)
    else:
        which = find_source(question.directory, which).which
        outcomes = _outcomes(memory, question, split, step, on_progress)
        # Of its own splits only validation is classified here, on which a trainer that evaluates fits.
        is_fitted_on = question.data is None and outcomes.fitted_at != 0
        outcomes = replace(outcomes, is_fitted_on=is_fitted_on, seen=split.seen)
    if outcomes.fingerprint != split.fingerprint:
        raise Problem(_CHANGED, where=split.source)
    on_progress("computing the report")
    from core.evaluation.report import report

    is_own = question.data is None
    found = report(outcomes, split, which, is_own=is_own, knows_training=knows_training)
    return Evaluated(split, outcomes, found)


def _read(memory: Memory, question: Question, on_progress: Progress) -> Split:
    """The labelled data."""
    if question.data is not None or question.is_of_test:
        return _labelled(memory, question, on_progress)
    on_progress("reading data")
    split = _own_splits(memory, question).validation
    if _has_changed(question, split):
        raise Problem(_CHANGED, where=split.source)
    return split


def _trained_with(memory: Memory, question: Question, on_progress: Progress) -> Split | None:
    """What the run was trained with; None where that is gone or has changed."""
    on_progress("reading the training data")
    with contextlib.suppress(Problem):
        split = _own_splits(memory, question).train
        return None if _has_changed(question, split) else split
    return None


def _own_splits(memory: Memory, question: Question) -> DataSplits:
    """The data of the run as they are now."""
    asked = build_config(read_config(question.directory.config))
    read = (asked.data, asked.split_seed, stamps(asked.data))
    return memory.splits.get(read, lambda: load_splits(asked.data, seed=asked.split_seed))


def _has_changed(question: Question, split: Split) -> bool:
    """Whether a split of the run is not as it was when the run was planned."""
    plan = plan_of(question.run)
    known = {part.name: part.fingerprint for part in plan.splits} if plan else {}
    return known.get(split.name, split.fingerprint) != split.fingerprint


def _labelled(memory: Memory, question: Question, on_progress: Progress) -> Split:
    """Data with the labels of the run: those that are asked about, or its test split."""
    config, is_own = question.config, question.data is None
    if is_own:
        config = config.model_copy(update={"train": config.test or config.train})

    def load() -> Split:
        on_progress("reading data")
        plan = plan_of(question.run)
        if plan is None:  # a run whose plan is lost knows its labels by its weights only
            with beside_trainer(question.run, question.device) as device:
                labels = memory.predictor(question.run, question.which, device, on_progress).labels
        else:
            labels = plan.labels
        split = load_labelled(config, labels, trained_columns(plan))
        return replace(split, name="test") if is_own else split

    return memory.labelled.get((question.run, is_own, config, stamps(config)), load)


def _read_test(run: RunDirectory) -> Outcomes:
    """What the run found on its test split; an earlier version kept the temperature with the model alone."""
    from core.evaluation.outcomes import Outcomes
    from core.models.inference_settings import InferenceSettings

    outcomes = Outcomes.read(run.outcomes)
    if outcomes.temperature != 1.0:
        return outcomes
    return replace(outcomes, temperature=InferenceSettings.read(run.model).temperature)


def _outcomes(
    memory: Memory, question: Question, split: Split, step: int | None, on_progress: Progress
) -> Outcomes:
    """What a checkpoint says of `split`: as it is kept in the run, or computed and kept there."""
    from core.evaluation.outcomes import Outcomes

    wanted = question.step if step is None else step
    path = question.directory.evaluated(split.fingerprint)
    with contextlib.suppress(FileNotFoundError, Problem):
        kept = Outcomes.read(path)
        if (kept.step, kept.fingerprint) == (wanted, split.fingerprint):
            return kept
    with beside_trainer(question.run, question.device) as device:
        predictor = memory.predictor(question.run, question.which, device, on_progress)
        if step is not None and predictor.source.step != step:
            raise Problem(
                f"the checkpoint of step {step} is not there any more",
                where=question.directory.name,
                mend="Evaluate again: there is a newer one.",
            )
        from core.evaluation.report import classify

        found = classify(predictor, split, lambda done, total: on_progress("classifying", done, total))
    with contextlib.suppress(OSError):  # a run that cannot be written to: it is computed again
        found.write(path)
    return found
