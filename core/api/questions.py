"""evaluate, check, compare: questions about data and runs, answered in this process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from core.api.data import Data, data_layer
from core.api.naming import RunName, find_run
from core.config import RunConfig, build_config
from core.methods import Methods
from core.protocol import CheckData, Compare, Comparison, DataReport, Evaluate, EvaluationReport, Request
from core.protocol.requests import OwnSplit
from core.runs.checkpoints import Which

AnswerT = TypeVar("AnswerT", bound=msgspec.Struct)


def evaluate(
    run: RunName,
    data: Data | None = None,
    *,
    split: OwnSplit | None = None,
    which: Which = "best",
    device: str = "auto",
    runs_dir: str | Path | None = None,
) -> EvaluationReport:
    """Evaluate a checkpoint of a run.

    Args:
        run: its name, path or summary.
        data: labelled examples. By default the run's own test split, as it was evaluated when training
            ended, or its validation split if it was not tested.
        split: `test` or `validation` of the run, in place of `data`.
        which: the `best` or the `last` checkpoint. Only the best one can have been tested.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        runs_dir: folder in which names are looked up; by default $BERTCLS_RUNS_DIR, or `runs`.

    Returns:
        Accuracy and F1 (0 to 1) with 95 % intervals, scores by label, the confusion matrix, calibration, and
        the name of the split.

    Raises:
        Problem: there is no such run, checkpoint or split, or the data cannot be used.
    """
    with _section({"train": data}) as section:
        config = build_config(section).data if data is not None else None
        place = str(find_run(run, runs_dir).path)
        return _answer(Evaluate(run=place, which=which, data=config, split=split, device=device))


def check(
    data: Data,
    *,
    validation: Data | None = None,
    test: Data | None = None,
    config: RunConfig | Mapping[str, Mapping[str, Any]] | None = None,
    label_errors: bool = False,
) -> DataReport:
    """Check data before training.

    Args:
        data: labelled examples: a path, a data set of the Hub, examples in memory, or a mapping of splits.
        validation: examples for early stopping.
        test: examples for the test at the end.
        config: settings as in config.toml, for instance `{"model": {"name": "minilm", "max_length": 256}}`.
        label_errors: also look for labels that are probably wrong (needs the extra `quality`); slow.

    Returns:
        Rows, labels and lengths (in tokens) of each split, and the findings, the most severe first.

    Raises:
        Problem: the data cannot be read.
    """
    with _section({"train": data, "validation": validation, "test": test}) as section:
        return _answer(CheckData(build_config(as_layer(config), section), label_errors))


def compare(
    runs: Sequence[RunName], *, baselines: bool = True, runs_dir: str | Path | None = None
) -> Comparison:
    """Compare runs that were tested on the same texts.

    Args:
        runs: their names, paths or summaries.
        baselines: compare with the most frequent label, and TF-IDF with logistic regression, as well.
        runs_dir: folder in which names are looked up; by default $BERTCLS_RUNS_DIR, or `runs`.

    Returns:
        Scores on the test split with 95 % intervals, McNemar's test of differences, times (seconds), sizes.

    Raises:
        Problem: a run was not tested, or on other texts.
    """
    places = [str(find_run(run, runs_dir).path) for run in runs]
    return _answer(Compare(runs=places, baselines=baselines))


def as_layer(config: RunConfig | Mapping[str, Mapping[str, Any]] | None) -> dict[str, dict[str, Any]]:
    """Turn settings into a layer for `build_config`: only what was set."""
    if config is None:
        return {}
    if isinstance(config, RunConfig):
        return config.model_dump(exclude_unset=True)
    return {section: dict(settings) for section, settings in config.items()}


@contextmanager
def _section(splits: Mapping[str, Data | None]) -> Iterator[dict[str, dict[str, Any]]]:
    """Data as a section of a configuration, valid within the block."""
    with tempfile.TemporaryDirectory(prefix="bertcls-") as folder:
        yield data_layer(splits, Path(folder))


def _answer(request: Request[AnswerT]) -> AnswerT:
    return Methods().answer(request, lambda message, done=0, total=0, *, notable=False: None)
