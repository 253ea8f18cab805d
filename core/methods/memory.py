"""Memory: what took long, data or a predictor, kept by the service for the next question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from core.data.columns import Trained
from core.data.splits import DataSplits, Split
from core.prediction.source import find_source
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory
from core.runs.history import read_outline
from core.runs.plan import Plan

if TYPE_CHECKING:
    from core.data.quality.found import Found
    from core.data.report import Overview
    from core.methods.evaluated import Evaluated
    from core.prediction.predictor import Predictor
    from core.training.tokenizing import Tokenized


class Progress(Protocol):
    """Is told how far a request has come."""

    def __call__(self, message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
        """`total` is 0 when it is not known."""


T = TypeVar("T")


class Latest(Generic[T]):
    """Keeps the last thing that was made, for as long as it is asked for by the same key."""

    def __init__(self) -> None:
        self._kept: tuple[object, T] | None = None

    def get(self, key: object, make: Callable[[], T]) -> T:
        """What was made for `key`; what was made for another one is given up first."""
        if self._kept is None or self._kept[0] != key:
            self._kept = None
            self._kept = (key, make())
        return self._kept[1]


class Memory:
    """The data, the evaluation and the classifier that were asked for last."""

    def __init__(self) -> None:
        self.splits: Latest[DataSplits] = Latest()
        self.tokenized: Latest[Tokenized] = Latest()
        self.labelled: Latest[Split] = Latest()
        self.evaluated: Latest[Evaluated] = Latest()
        self.overviews: Latest[Overview] = Latest()
        self.suspected: Latest[list[Found]] = Latest()
        self._predictor: tuple[object, Predictor] | None = None

    def predictor(self, run: str, which: Which, device: str, on_progress: Progress) -> Predictor:
        """The predictor that was asked last, unless there is a newer checkpoint, or another was asked for."""
        directory = RunDirectory.open(Path(run))
        source = find_source(directory, which)
        if self._predictor is None:
            on_progress("loading libraries")
        from core.prediction.predictor import Predictor

        if self._predictor is None or self._predictor[0] != (source.weights, device):
            on_progress(f"loading checkpoint {source.step}")
            self._predictor = None  # never two at once
            predictor = Predictor.load(directory, which, device=device)
            self._predictor = ((predictor.source.weights, device), predictor)
        else:
            # The same weights may have been loaded under the other name.
            self._predictor[1].source = source
        return self._predictor[1]


@contextmanager
def beside_trainer(run: str, device: str) -> Iterator[str]:
    """The device to compute on: where the run is training, with regard for its trainer.

    Then `auto` means the CPU, so that memory of the GPU is left alone, and half of the threads are left
    to the trainer.
    """
    if not RunDirectory(Path(run)).is_alive:
        yield device
        return
    from core.prediction.predictor import half_the_threads

    with half_the_threads():
        yield "cpu" if device == "auto" else device


def plan_of(run: str) -> Plan | None:
    """The plan of the run at that path; None where it is lost."""
    return read_outline(RunDirectory(Path(run))).plan


def trained_columns(plan: Plan | None) -> Trained | None:
    """The columns that the run of that plan was trained with."""
    if plan is None:
        return None
    return Trained(plan.text_column, plan.label_column, plan.is_multi_label, plan.label_delimiter, plan.pairs)
