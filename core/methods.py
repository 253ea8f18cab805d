"""What the engine service can be asked. The heavy libraries are imported by the method that needs them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from core.caching import cache_folder
from core.config import DataConfig, RunConfig, build_config, read_config
from core.data.columns import Trained
from core.data.sources import stamps
from core.data.splits import DataSplits, load_labelled, load_splits
from core.prediction.source import find_source
from core.problems import Problem
from core.protocol import (
    Comparison,
    DataReport,
    DoctorReport,
    EvaluationReport,
    FilePredictions,
    Inspection,
    Prediction,
    Predictions,
)
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory
from core.runs.listing import read_history
from core.training.plan import Plan

if TYPE_CHECKING:
    from core.encoding.encoder import Encoder
    from core.prediction.predictor import Predictor
    from core.training.planning import Tokenized


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


class Methods:
    """One method a request. What took long, data or a predictor, stays in memory for the next question."""

    def __init__(self) -> None:
        self._splits: Latest[DataSplits] = Latest()
        self._tokenized: Latest[Tokenized] = Latest()
        self._predictor: tuple[object, Predictor] | None = None
        self._methods: dict[str, Callable[..., msgspec.Struct]] = {
            "inspect": self.inspect,
            "plan": self.plan,
            "check": self.check,
            "predict": self.predict,
            "predict_file": self.predict_file,
            "evaluate": self.evaluate,
            "compare": self.compare,
            "doctor": self.doctor,
        }

    def call(self, method: str, params: dict[str, Any], on_progress: Progress) -> msgspec.Struct:
        """Call the method of that name.

        Raises:
            Problem: there is no such method, or what it was asked cannot be done.
        """
        if method not in self._methods:
            raise Problem(f"the engine has no method {method!r}")
        return self._methods[method](on_progress=on_progress, **params)

    def inspect(self, data: dict[str, Any], on_progress: Progress) -> Inspection:
        """Look into a data source: columns, labels, the first rows. `data` is a DataConfig as a dict."""
        from core.data.report import inspect

        on_progress("reading data")
        return inspect(_data(data))

    def plan(self, config: dict[str, Any], on_progress: Progress) -> Plan:
        """What a run with this RunConfig, as a dict, would do."""
        asked: RunConfig = build_config(config)
        on_progress("reading data")
        read = (asked.data, asked.split_seed, stamps(asked.data))
        splits = self._splits.get(read, lambda: load_splits(asked.data, seed=asked.split_seed))
        on_progress("loading libraries")
        from core.training.planning import prepare, tokenize

        tokenized = self._tokenized.get((read, asked.model), lambda: tokenize(asked, splits, on_progress))
        return prepare(asked, splits, on_progress, tokenized=tokenized).plan

    def check(self, config: dict[str, Any], on_progress: Progress) -> DataReport:
        """A report on the data of this RunConfig, with lengths where its model's tokenizer can be had."""
        from core.data.report import report

        checked: RunConfig = build_config(config)

        @cache
        def encoder() -> Encoder:
            from core.encoding.encoder import Encoder
            from core.models.catalog import resolve
            from core.models.loading import load_tokenizer

            on_progress("loading tokenizer")
            tokenizer = load_tokenizer(resolve(checked.model.name), checked.model.max_length)
            return Encoder(tokenizer, None)

        def count(texts: list[str]) -> list[int]:
            lengths: list[int] = encoder().encode(texts).full_lengths.tolist()
            return lengths

        on_progress("reading data")
        return report(
            checked.data,
            count,
            tokenizer_name=checked.model.name,
            max_length=checked.model.max_length,
            seed=checked.split_seed,
        )

    def predict(
        self, run: str, texts: list[str], which: Which, on_progress: Progress, device: str = "auto"
    ) -> Predictions:
        """Classify texts with the best or the last checkpoint that there is now.

        While the run is training, `auto` means the CPU, so that memory of the GPU is left alone, and half
        of the threads are left to the trainer.
        """
        is_training = RunDirectory(Path(run)).is_alive
        if device == "auto" and is_training:
            device = "cpu"
        predictor = self._load(run, which, device, on_progress)
        from core.prediction.threads import half_the_threads

        with half_the_threads() if is_training else nullcontext():
            output = predictor.predict(texts)
        return Predictions(
            labels=predictor.labels,
            step=predictor.source.step,
            which=predictor.source.which,
            max_length=predictor.max_length,
            milliseconds=output.milliseconds,
            items=[
                Prediction(probabilities=row, tokens=tokens, truncated=truncated)
                for row, tokens, truncated in zip(
                    output.probabilities.tolist(),
                    output.full_lengths.tolist(),
                    output.truncated.tolist(),
                    strict=True,
                )
            ],
        )

    def predict_file(
        self,
        run: str,
        file: str,
        output: str,
        which: Which,
        on_progress: Progress,
        text_column: str | None = None,
        encoding: str | None = None,
        device: str = "auto",
        overwrite: bool = False,
    ) -> FilePredictions:
        """Classify the texts of a file and write its rows, with the predicted label, to another.

        Without `text_column` it is the one that the run was trained with, where the file has it. When the
        same was asked before and did not come to its end, it goes on from there.
        """
        from core.prediction.files import FileTask

        find_source(RunDirectory.open(Path(run)), which)
        task = FileTask.prepare(
            file,
            output,
            text_column=text_column,
            encoding=encoding,
            trained=_trained(_plan(run)),
            overwrite=overwrite,
        )
        return task.run(self._load(run, which, device, on_progress), on_progress)

    def evaluate(
        self, run: str, data: dict[str, Any], which: Which, on_progress: Progress, device: str = "auto"
    ) -> EvaluationReport:
        """Compare the best or last checkpoint with labelled data. `data` is a DataConfig as a dict.

        Columns that it does not name are those that the run was trained with, where the data has them.
        """
        find_source(RunDirectory.open(Path(run)), which)
        plan = _plan(run)
        on_progress("reading data")
        # A run whose plan is lost knows its labels by its weights only.
        labels = plan.labels if plan else self._load(run, which, device, on_progress).labels
        split = load_labelled(_data(data), labels, _trained(plan))
        predictor = self._load(run, which, device, on_progress)
        from core.evaluation.report import evaluate

        return evaluate(predictor, split, lambda done, total: on_progress("classifying", done, total))

    def compare(self, runs: list[str], on_progress: Progress, floors: bool = True) -> Comparison:
        """Runs that were tested on the same texts side by side, with two `floors` below them."""
        from core.evaluation.comparison import Entrant, check_same_test, compare
        from core.evaluation.floors import FLOORS, make_floor

        on_progress("reading the runs")
        directories = [RunDirectory.open(Path(run)) for run in dict.fromkeys(runs)]
        entrants = [Entrant.of_run(run) for run in directories]
        check_same_test(entrants)
        config = build_config(read_config(directories[0].config))
        on_progress("reading data")
        splits = load_splits(config.data, seed=config.split_seed)
        if splits.test is None:
            raise Problem("the test split of these runs is gone", where=splits.train.source)
        for name in FLOORS if floors else ():
            on_progress(f"computing the floor {name}")
            entrants.append(Entrant.of_floor(make_floor(name, splits, cache_folder("floors"))))
        on_progress("comparing")
        return compare(entrants, splits.test)

    def doctor(self, on_progress: Progress) -> DoctorReport:
        """What this machine has."""
        from core.doctor import diagnose

        return DoctorReport(diagnose())

    def _load(self, run: str, which: Which, device: str, on_progress: Progress) -> Predictor:
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


def _plan(run: str) -> Plan | None:
    return read_history(RunDirectory(Path(run))).plan


def _trained(plan: Plan | None) -> Trained | None:
    return Trained(plan.text_column, plan.label_column) if plan else None


def _data(values: dict[str, Any]) -> DataConfig:
    return build_config({"data": values}).data
