"""The engine: configuration, data, training, runs, prediction. It prints nothing and has no screen.

`from core import train, load, …` gives the public functions. Each is loaded when it is first used, so
importing `core` is cheap.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from core.api import (
        Classifier,
        Prediction,
        check,
        compare,
        evaluate,
        load,
        resume,
        train,
    )
    from core.config import RunConfig
    from core.problems import Problem
    from core.runs.listing import RunSummary

    def runs(runs_dir: str | Path | None = None) -> list[RunSummary]:
        """List the runs in a folder: the package `core.runs` can be called."""


_HOMES = {"RunConfig": "core.config", "Problem": "core.problems"}  # the others are in core.api

__all__ = [
    "Classifier",
    "Prediction",
    "Problem",
    "RunConfig",
    "check",
    "compare",
    "evaluate",
    "load",
    "resume",
    "runs",
    "train",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name == "runs":  # a package that can be called
        return import_module("core.runs")
    found = globals()[name] = getattr(import_module(_HOMES.get(name, "core.api")), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
