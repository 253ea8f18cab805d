"""Memory: data and models that the service keeps for the next request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.data.splits import DataSplits
from core.evaluation.evaluator import Evaluator
from core.files.cache import Latest
from core.prediction.predictor_cache import PredictorCache

if TYPE_CHECKING:
    from core.data.quality.finding import Finding
    from core.data.report import Overview
    from core.training.tokenizing import Reading, Tokenized


class Memory:
    """The latest value of each kind that takes long to compute."""

    def __init__(self) -> None:
        self.splits: Latest[DataSplits] = Latest()
        self.tokenized: Latest[Tokenized] = Latest()
        self.readings: Latest[Reading] = Latest()
        self.overviews: Latest[Overview] = Latest()
        self.label_errors: Latest[list[Finding]] = Latest()
        self.predictors = PredictorCache()
        self.evaluator = Evaluator(self.splits, self.predictors)
