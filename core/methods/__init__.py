"""Answers to the requests of the engine service: one function a method."""

from collections.abc import Callable
from typing import Any

import msgspec

from core.methods.data import check_data, inspect_data, plan_run, read_rows
from core.methods.evaluation import compare, evaluate, read_texts
from core.methods.memory import Memory
from core.methods.predictions import explain, predict, predict_file
from core.methods.reports import diagnose, write_report
from core.protocol import (
    CheckData,
    Compare,
    Diagnose,
    Evaluate,
    Explain,
    InspectData,
    OnProgress,
    PlanRun,
    Predict,
    PredictFile,
    ReadRows,
    ReadTexts,
    Request,
    WriteReport,
)
from core.protocol.requests import AnswerT

HANDLERS: dict[type[Request[Any]], Callable[[Memory, Any, OnProgress], msgspec.Struct]] = {
    InspectData: inspect_data,
    PlanRun: plan_run,
    CheckData: check_data,
    ReadRows: read_rows,
    Predict: predict,
    PredictFile: predict_file,
    Explain: explain,
    Evaluate: evaluate,
    ReadTexts: read_texts,
    Compare: compare,
    WriteReport: write_report,
    Diagnose: diagnose,
}


class Methods:
    """Answers one request after the other, and keeps what took long for the next one."""

    def __init__(self) -> None:
        self._memory = Memory()

    def answer(self, request: Request[AnswerT], on_progress: OnProgress) -> AnswerT:
        """Work on a request.

        Raises:
            Problem: the user can fix why it has no answer.
        """
        handler: Callable[[Memory, Any, OnProgress], Any] = HANDLERS[type(request)]
        answer: AnswerT = handler(self._memory, request, on_progress)
        return answer
