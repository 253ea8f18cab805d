"""What the engine service is asked and what it answers: one line of JSON each way.

A request is `Request`; it is answered by any number of `Reply` with `progress` and one with `result` or
`error`. A request of the method `CANCEL` gives up the one of the same id, which then ends with an error of
kind `cancelled` if it was not answered before. The records below are the results, by method.
"""

import msgspec

from core.protocol.comparison import (
    Comparison,
    Contestant,
    Group,
    PairTest,
    Spread,
    TestScores,
    ToldApart,
)
from core.protocol.data import (
    DataReport,
    DataRow,
    Finding,
    FindingRows,
    Inspection,
    LabelLengths,
    LengthReport,
    Severity,
    SplitReport,
)
from core.protocol.evaluation import EvaluationReport, LabelScore
from core.protocol.machine import Diagnosis, DoctorReport
from core.protocol.predictions import FilePredictions, Prediction, Predictions
from core.protocol.wire import CANCEL, Failure, ProgressReport, Reply, Request
from core.training.plan import Plan

__all__ = [
    "CANCEL",
    "RESULTS",
    "Comparison",
    "Contestant",
    "DataReport",
    "DataRow",
    "Diagnosis",
    "DoctorReport",
    "EvaluationReport",
    "Failure",
    "FilePredictions",
    "Finding",
    "FindingRows",
    "Group",
    "Inspection",
    "LabelLengths",
    "LabelScore",
    "LengthReport",
    "PairTest",
    "Prediction",
    "Predictions",
    "ProgressReport",
    "Reply",
    "Request",
    "Severity",
    "SplitReport",
    "Spread",
    "TestScores",
    "ToldApart",
]

RESULTS: dict[str, type[msgspec.Struct]] = {
    "inspect": Inspection,
    "plan": Plan,
    "check": DataReport,
    "rows": FindingRows,
    "predict": Predictions,
    "predict_file": FilePredictions,
    "evaluate": EvaluationReport,
    "compare": Comparison,
    "doctor": DoctorReport,
}
