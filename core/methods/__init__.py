"""What the engine service can be asked: one function a method, by its name."""

from collections.abc import Callable
from typing import Any

import msgspec

from core.methods.data import check, inspect, plan, rows
from core.methods.evaluation import compare, evaluate, evaluated_texts
from core.methods.explanations import explain
from core.methods.machine import doctor
from core.methods.memory import Memory, Progress
from core.methods.predictions import predict, predict_file
from core.methods.reports import report
from core.problems import Problem

METHODS: dict[str, Callable[..., msgspec.Struct]] = {
    "inspect": inspect,
    "plan": plan,
    "check": check,
    "rows": rows,
    "predict": predict,
    "predict_file": predict_file,
    "explain": explain,
    "evaluate": evaluate,
    "evaluated_texts": evaluated_texts,
    "compare": compare,
    "report": report,
    "doctor": doctor,
}


class Methods:
    """Answers one request after the other, and remembers what took long."""

    def __init__(self) -> None:
        self._memory = Memory()

    def call(self, method: str, params: dict[str, Any], on_progress: Progress) -> msgspec.Struct:
        """Call the method of that name.

        Raises:
            Problem: there is no such method, or what it was asked cannot be done.
        """
        if method not in METHODS:
            raise Problem(f"the engine has no method {method!r}")
        return METHODS[method](self._memory, on_progress=on_progress, **params)
