"""Questions about data. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from core.config import RunConfig
from core.data.sources import stamps
from core.data.splits import load_splits
from core.methods.memory import Memory, Progress
from core.problems import Problem
from core.protocol import CheckData, DataReport, FindingRows, InspectData, Inspection, PlanRun, ReadRows
from core.runs.plan import Plan
from core.text.plain import quoted

if TYPE_CHECKING:
    from core.data.quality.found import Found
    from core.data.report import Overview
    from core.data.splits import DataSplits, Split
    from core.encoding.encoder import Encoder


LABEL_ERRORS = "label-errors"


def inspect_data(memory: Memory, request: InspectData, on_progress: Progress) -> Inspection:
    """Columns, labels and first rows of a data source."""
    from core.data.report import inspect

    on_progress("reading data")
    return inspect(request.data)


def plan_run(memory: Memory, request: PlanRun, on_progress: Progress) -> Plan:
    """The plan of a run. Tokens are kept for the next plan with the same data and model."""
    asked = request.config
    on_progress("reading data")
    splits = _splits(memory, asked)
    on_progress("loading libraries")
    from core.training.planning import prepare
    from core.training.tokenizing import tokenize

    tokenized = memory.tokenized.get(
        (_read(asked), asked.model, asked.cnn, asked.rnn), lambda: tokenize(asked, splits, on_progress)
    )
    return prepare(asked, splits, on_progress, tokenized=tokenized).plan


def check_data(memory: Memory, request: CheckData, on_progress: Progress) -> DataReport:
    """A report on data. Without the model's tokenizer it has a warning in place of lengths."""
    from core.data.report import report

    checked = request.config
    overview = _overview(memory, checked, on_progress)
    more: list[Found] = []
    refused = []
    if request.label_errors:
        try:
            more = _label_errors(memory, checked, on_progress)
        except Problem as problem:
            refused = [f"Label errors were not looked for. {problem}"]
    on_progress("reading data")
    found = report(overview, checked.model.name, more)
    return msgspec.structs.replace(found, warnings=[*found.warnings, *refused])


def read_rows(memory: Memory, request: ReadRows, on_progress: Progress) -> FindingRows:
    """Rows of a finding, with their texts.

    Raises:
        Problem: there is no such finding.
    """
    from core.data.quality.checking import describe, open_rows

    checked, check = request.config, request.check
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
        start=request.start,
        rows=open_rows(overview.survey, named[check], request.start, request.count),
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
