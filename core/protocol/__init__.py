"""What the engine service is asked and what it answers: one line of JSON each way.

A request is `Request`; it is answered by any number of `Reply` with `progress` and one with `result` or
`error`. A request of the method `CANCEL` gives up the one of the same id, which then ends with an error of
kind `cancelled` if it was not answered before. The records below are the results, by method.
"""

import msgspec

from core.protocol.comparison import (
    FLOORS,
    MAJORITY,
    TFIDF,
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
from core.protocol.evaluation import (
    AverageScore,
    Calibration,
    EvaluationReport,
    JudgedText,
    JudgedTexts,
    LabelScore,
    Reliability,
    ReliabilityBin,
)
from core.protocol.explanations import Explanation, WordContribution
from core.protocol.machine import Diagnosis, DoctorReport
from core.protocol.predictions import FilePredictions, Prediction, Predictions
from core.protocol.report import LossCurve, RunFacts, RunReport, SealedModel, TestedSplit
from core.protocol.wire import CANCEL, PING, Failure, ProgressReport, Reply, Request
from core.runs.plan import Plan

__all__ = [
    "CANCEL",
    "FLOORS",
    "MAJORITY",
    "PING",
    "RESULTS",
    "TFIDF",
    "AverageScore",
    "Calibration",
    "Comparison",
    "Contestant",
    "DataReport",
    "DataRow",
    "Diagnosis",
    "DoctorReport",
    "EvaluationReport",
    "Explanation",
    "Failure",
    "FilePredictions",
    "Finding",
    "FindingRows",
    "Group",
    "Inspection",
    "JudgedText",
    "JudgedTexts",
    "LabelLengths",
    "LabelScore",
    "LengthReport",
    "LossCurve",
    "PairTest",
    "Prediction",
    "Predictions",
    "ProgressReport",
    "Reliability",
    "ReliabilityBin",
    "Reply",
    "Request",
    "RunFacts",
    "RunReport",
    "SealedModel",
    "Severity",
    "SplitReport",
    "Spread",
    "TestScores",
    "TestedSplit",
    "ToldApart",
    "WordContribution",
]

RESULTS: dict[str, type[msgspec.Struct]] = {
    "inspect": Inspection,
    "plan": Plan,
    "check": DataReport,
    "rows": FindingRows,
    "predict": Predictions,
    "predict_file": FilePredictions,
    "explain": Explanation,
    "evaluate": EvaluationReport,
    "evaluated_texts": JudgedTexts,
    "compare": Comparison,
    "report": RunReport,
    "doctor": DoctorReport,
}
