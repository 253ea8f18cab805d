"""EvaluationTarget: which checkpoint of a run is evaluated, on which data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

from core.config import DataConfig, build_config, read_config
from core.data.splits import Split
from core.prediction.source import find_source
from core.problems import Problem
from core.protocol import OwnSplit
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory
from core.runs.history import read_outline
from core.runs.plan import Plan


@dataclass(frozen=True)
class EvaluationTarget:
    """A checkpoint, and either `data` or a split of the run.

    With neither it is the test split if the best checkpoint is asked for and the run was tested, else the
    validation split. The test split is never classified here: its predictions are those that the run made
    when training ended.
    """

    run: RunDirectory
    which: Which
    data: DataConfig | None
    split: OwnSplit | None
    device: str = "auto"
    """Computes the predictions if there are none yet."""

    @property
    def plan(self) -> Plan | None:
        """The plan of the run; None if its events are lost."""
        return read_outline(self.run).plan

    @property
    def is_test(self) -> bool:
        """Whether the target is the test split of the run.

        Raises:
            Problem: the test split was asked for, but the checkpoint has no predictions on it.
        """
        if self.data is not None or self.split == "validation":
            return False
        if self.which == "best" and self.run.outcomes.is_file():
            return True
        if self.split is None:
            return False
        source = "".join(
            f", {part.source}" for part in (self.plan.splits if self.plan else []) if part.name == "test"
        )
        if self.which == "last":
            raise Problem(
                f"the last checkpoint is never evaluated on the test split{source}",
                where=self.run.name,
                mend="Evaluate the best one, or use the validation split.",
            )
        raise Problem(
            f"it has no predictions on a test split{source}",
            where=self.run.name,
            mend="Training with --test makes them for the best checkpoint when it ends.",
        )

    @property
    def step(self) -> int:
        """Step of the checkpoint that is evaluated now."""
        from core.evaluation.outcomes import Outcomes

        if self.is_test:
            return Outcomes.read(self.run.outcomes).step
        return find_source(self.run, self.which).step

    @property
    def config(self) -> DataConfig:
        """The data; those of the run if the target is one of its splits."""
        if self.data is not None:
            return self.data
        return build_config(read_config(self.run.config)).data

    def resolved(self, fingerprint: str) -> EvaluationTarget:
        """The split of the run that has this fingerprint; itself if none has.

        So data that are the test split are treated as such, whatever their file is called.
        """
        plan = self.plan
        own = {part.name for part in plan.splits if part.fingerprint == fingerprint} if plan else set()
        split: OwnSplit | None = next((name for name in get_args(OwnSplit) if name in own), None)
        return self if split is None else replace(self, data=None, split=split)

    def has_changed(self, split: Split) -> bool:
        """Whether a split of the run is not the one that it was planned with."""
        plan = self.plan
        known = {part.name: part.fingerprint for part in plan.splits} if plan else {}
        return known.get(split.name, split.fingerprint) != split.fingerprint
