"""evaluate, check, compare: questions about data and runs, answered in this process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from core.api.arguments import check_checkpoint, check_one_of
from core.api.data import Data, data_layer, files_of
from core.api.naming import RunName, find_run
from core.api.wording import in_words_of_python, with_names
from core.config import RunConfig, build_config
from core.methods import Methods
from core.problems import Problem
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
        data: labelled examples: a path, a data set of the Hub, or examples in memory; no mapping of splits.
            By default the run's own test split, as it was evaluated when training ended, or its validation
            split if it was not tested.
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
    check_checkpoint(which, device)
    if split is not None:
        check_one_of("split", split, get_args(OwnSplit))
        if data is not None:
            raise Problem("data and a split of the run are given", where="split", mend="Give one of them.")
    if isinstance(data, Mapping):
        raise Problem(
            "a mapping of splits cannot be evaluated at once",
            where="data",
            mend='Give one split: evaluate(run, splits["test"]).',
        )
    place = str(find_run(run, runs_dir).path)
    with _section({"train": data}, {"train": "data"}) as (section, sources):
        config = build_config(section).data if data is not None else None
        request = Evaluate(run=place, which=which, data=config, split=split, device=device)
        return with_names(_answer(request), sources)


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
    splits = {"train": data, "validation": validation, "test": test}
    with _section(splits) as (section, sources):
        request = CheckData(build_config(as_layer(config), section), label_errors)
        return with_names(_answer(request), sources)


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
    with in_words_of_python({}):
        return _answer(Compare(runs=places, baselines=baselines))


def as_layer(config: RunConfig | Mapping[str, Mapping[str, Any]] | None) -> dict[str, dict[str, Any]]:
    """Turn settings into a layer for `build_config`: only what was set."""
    if config is None:
        return {}
    if isinstance(config, RunConfig):
        return config.model_dump(exclude_unset=True)
    return {section: dict(settings) for section, settings in config.items()}


@contextmanager
def _section(
    splits: Mapping[str, Data | None], names: Mapping[str, str] | None = None
) -> Iterator[tuple[dict[str, dict[str, Any]], dict[str, str]]]:
    """Yield data as a section of a configuration, and the names of their files; both valid within the block.

    Args:
        splits: data by split name.
        names: names of splits in messages and reports, where they differ.
    """
    with tempfile.TemporaryDirectory(prefix="bertcls-") as folder:
        sources = {path: (names or {}).get(split, split) for path, split in files_of(Path(folder)).items()}
        with in_words_of_python(sources):
            yield data_layer(splits, Path(folder)), sources


def _answer(request: Request[AnswerT]) -> AnswerT:
    # Imported late: transformers takes a second.
    from core.models.quiet import quiet_transformers

    with quiet_transformers():
        return Methods().answer(request, lambda message, done=0, total=0, *, notable=False: None)
