"""Questions about data. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from core.config import RunConfig, build_config
from core.data.sources import stamps
from core.data.splits import load_splits
from core.methods.memory import Memory, Progress, data_config
from core.problems import Problem
from core.protocol import DataReport, FindingRows, Inspection
from core.runs.plan import Plan
from core.text.plain import quoted

if TYPE_CHECKING:
    from core.data.quality.found import Found
    from core.data.report import Overview
    from core.data.splits import DataSplits, Split
    from core.encoding.encoder import Encoder


LABEL_ERRORS = "label-errors"


def inspect(memory: Memory, data: dict[str, Any], on_progress: Progress) -> Inspection:
    """Look into a data source: columns, labels, the first rows. `data` is a DataConfig as a dict."""
    from core.data.report import inspect

    on_progress("reading data")
    return inspect(data_config(data))


def plan(memory: Memory, config: dict[str, Any], on_progress: Progress) -> Plan:
    """What a run with this RunConfig, as a dict, would do."""
    asked: RunConfig = build_config(config)
    on_progress("reading data")
    splits = _splits(memory, asked)
    on_progress("loading libraries")
    from core.training.planning import prepare
    from core.training.tokenizing import tokenize

    tokenized = memory.tokenized.get(
        (_read(asked), asked.model, asked.cnn, asked.rnn), lambda: tokenize(asked, splits, on_progress)
    )
    return prepare(asked, splits, on_progress, tokenized=tokenized).plan


def check(
    memory: Memory, config: dict[str, Any], on_progress: Progress, label_errors: bool = False
) -> DataReport:
    """A report on the data of this RunConfig, with lengths where its model's tokenizer can be had.

    With `label_errors` suspected ones are looked for, which takes longer than everything else.
    """
    from core.data.report import report

    checked: RunConfig = build_config(config)
    overview = _overview(memory, checked, on_progress)
    more: list[Found] = []
    refused = []
    if label_errors:
        try:
            more = _label_errors(memory, checked, on_progress)
        except Problem as problem:
            refused = [f"Label errors were not looked for. {problem}"]
    on_progress("reading data")
    found = report(overview, checked.model.name, more)
    return msgspec.structs.replace(found, warnings=[*found.warnings, *refused])


def rows(
    memory: Memory,
    config: dict[str, Any],
    check: str,
    on_progress: Progress,
    start: int = 0,
    count: int = 200,
) -> FindingRows:
    """Rows that a check found in the data of this RunConfig, with their texts."""
    from core.data.quality.checking import describe, open_rows

    checked: RunConfig = build_config(config)
    overview = _overview(memory, checked, on_progress)
    found = overview.found
    if check == LABEL_ERRORS:
        found = found + _label_errors(memory, checked, on_progress)
    named = {each.check: each for each in found}
    if check not in named:
        known = quoted(list(named)) if named else "nothing"
        raise Problem(
            f"no check called {check!r} found anything in these data", mend=f"What was found: {known}."
        )
    on_progress("reading rows")
    splits = overview.survey.splits
    return FindingRows(
        finding=describe(overview.survey, [named[check]])[0],
        start=start,
        rows=open_rows(overview.survey, named[check], start, count),
        sources={split.name: split.part.source for split in splits},
        units={split.name: split.part.rows.unit for split in splits},
    )


def _overview(memory: Memory, config: RunConfig, on_progress: Progress) -> Overview:
    from core.data.quality.survey import Counted
    from core.data.report import look

    @cache
    def encoder() -> Encoder:
        on_progress("loading libraries")
        from core.data.gathering import reads_pairs
        from core.training.tokenizing import make_reading

        pairs = reads_pairs(config.data)
        return make_reading(config, lambda: _train(memory, config), on_progress, pairs=pairs).encoder

    def count(texts: list[str]) -> Counted:
        tokens = encoder().encode(texts)
        return Counted(tokens.full_lengths, tokens.unread)

    def make() -> Overview:
        on_progress("reading data")
        model = config.model
        return look(config.data, count, model.max_length, config.split_seed, on_progress, model.long_text)

    return memory.overviews.get((_read(config), config.model), make)


def _train(memory: Memory, config: RunConfig) -> Split:
    """The training split that a tokenizer is trained on.

    Raises:
        Problem: no run would start with these data.
    """
    try:
        return _splits(memory, config).train
    except Problem as problem:
        raise Problem(
            "its tokenizer is trained on the training texts, and no run can start with these data",
            where=config.model.name,
        ) from problem


def _splits(memory: Memory, config: RunConfig) -> DataSplits:
    """The data as a run would use them."""
    return memory.splits.get(_read(config), lambda: load_splits(config.data, seed=config.split_seed))


def _label_errors(memory: Memory, config: RunConfig, on_progress: Progress) -> list[Found]:
    from core.data.quality.label_errors import suspect_labels

    overview = _overview(memory, config, on_progress)
    return memory.suspected.get(
        (_read(config), config.model), lambda: suspect_labels(overview.survey, on_progress)
    )


def _read(config: RunConfig) -> object:
    """What decides on the data that are read."""
    return config.data, config.split_seed, stamps(config.data)
