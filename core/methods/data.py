"""Requests about data. Heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from core.config import FROM_SCRATCH, RunConfig
from core.data.sources import stamps
from core.data.splits import load_splits
from core.methods.memory import Memory
from core.models.catalog import DEFAULT_MAX_LENGTH, resolve
from core.problems import Problem
from core.protocol import (
    CheckData,
    DataReport,
    FindingRows,
    InspectData,
    Inspection,
    OnProgress,
    PlanRun,
    ReadRows,
)
from core.runs.plan import Plan
from core.text.plain import quoted

if TYPE_CHECKING:
    from core.data.quality.finding import Finding
    from core.data.report import Overview
    from core.data.splits import DataSplits, Split
    from core.encoding.encoder import Encoder
    from core.training.tokenizing import Reading

# The check that `CheckData` makes only when asked.
_LABEL_ERRORS = "label-errors"


def inspect_data(memory: Memory, request: InspectData, on_progress: OnProgress) -> Inspection:
    """Columns, labels and first rows of a data source."""
    from core.data.report import inspect

    on_progress("reading data")
    return inspect(request.data)


def plan_run(memory: Memory, request: PlanRun, on_progress: OnProgress) -> Plan:
    """The plan of a run. The tokens are kept for another plan with the same data and model."""
    config = request.config
    on_progress("reading data")
    splits = _load_splits(memory, config)
    on_progress("loading libraries")
    from core.training.planning import prepare
    from core.training.tokenizing import tokenize

    tokenized = memory.tokenized.get(
        (_data_key(config), config.model, config.cnn, config.rnn),
        lambda: tokenize(config, splits, on_progress),
    )
    return prepare(config, splits, on_progress, tokenized=tokenized).plan


def check_data(memory: Memory, request: CheckData, on_progress: OnProgress) -> DataReport:
    """A report on data. If the model's tokenizer is missing, a warning replaces the lengths."""
    from core.data.report import report

    overview = _survey(memory, request.config, on_progress)
    label_errors: list[Finding] = []
    warnings = []
    if request.label_errors:
        try:
            label_errors = _find_label_errors(memory, request.config, on_progress)
        except Problem as problem:
            warnings = [f"Label errors were not checked. {problem}"]
    on_progress("reading data")
    found = report(overview, request.config.model.name, label_errors)
    reasons: list[str] = []
    if found.tokenizer is not None and not found.problems:
        reasons, more = _about_model(
            request.config, overview.labels, is_multi_label=overview.survey.is_multi_label
        )
        reasons += _about_new_model(memory, request.config, on_progress)
        warnings += more
    return replace(found, reasons=[*found.reasons, *reasons], warnings=[*found.warnings, *warnings])


def _about_model(
    config: RunConfig, labels: list[str], *, is_multi_label: bool
) -> tuple[list[str], list[str]]:
    """What a run would assume about its model, and warnings; as in its plan."""
    from core.models.loading import choose_head
    from core.models.unused_settings import warn_of_unused_settings
    from core.training.planning import model_reasons

    try:
        source = resolve(config.model.name)
        head = choose_head(source, labels, config.model.head, is_multi_label=is_multi_label)
    except Problem as problem:
        return [], [str(problem)]
    return model_reasons(config, source, head), warn_of_unused_settings(config, source)


def _about_new_model(memory: Memory, config: RunConfig, on_progress: OnProgress) -> list[str]:
    """What a run would derive for a model that is trained from scratch; as in its plan."""
    if config.model.name not in FROM_SCRATCH:
        return []
    from core.training.from_scratch_reasons import from_scratch_reasons

    train = _load_training_split(memory, config)
    tokenizer = _make_reading(memory, config, on_progress).tokenizer
    return from_scratch_reasons(config, len(train), len(tokenizer))


def read_rows(memory: Memory, request: ReadRows, on_progress: OnProgress) -> FindingRows:
    """Rows of a finding, with their texts.

    Raises:
        Problem: there is no such finding.
    """
    from core.data.quality.checks import describe, open_rows

    overview = _survey(memory, request.config, on_progress)
    found = overview.findings
    if request.check == _LABEL_ERRORS:
        found = found + _find_label_errors(memory, request.config, on_progress)
    by_check = {each.check: each for each in found}
    finding = by_check.get(request.check)
    if finding is None:
        checks = quoted(list(by_check)) if by_check else "none"
        raise Problem(f"no finding {request.check!r} in these data", mend=f"Findings: {checks}.")
    on_progress("reading rows")
    survey = overview.survey
    return FindingRows(
        finding=describe(survey, [finding])[0],
        start=request.start,
        rows=open_rows(survey, finding, request.start, request.count),
        sources={split.name: split.examples.source for split in survey.splits},
        units={split.name: split.examples.index.unit for split in survey.splits},
    )


def _survey(memory: Memory, config: RunConfig, on_progress: OnProgress) -> Overview:
    """Everything that the checks find, except label errors."""
    from core.data.quality.survey import TokenCounts
    from core.data.quality.vocabulary import tokenizer_name
    from core.data.report import build_overview

    @cache
    def encoder() -> Encoder:
        on_progress("loading libraries")
        return _make_reading(memory, config, on_progress).encoder

    def count(texts: list[str]) -> TokenCounts:
        encode, name = encoder(), tokenizer_name(config.model)
        tokens = encode.encode(texts)
        unknown = None if encode.unknown_id is None else tokens.count(encode.unknown_id)
        return TokenCounts(tokens.full_lengths, tokens.unread, unknown, encode.special_tokens, name)

    max_length = config.model.max_length or _default_length(config.model.name)

    def make() -> Overview:
        on_progress("reading data")
        return build_overview(
            config.data, count, max_length, config.split_seed, on_progress, config.model.long_text
        )

    return memory.overviews.get((_data_key(config), config.model), make)


def _make_reading(memory: Memory, config: RunConfig, on_progress: OnProgress) -> Reading:
    """The tokenizer of a run; one that is trained on the texts reads them all."""
    from core.data.gather import reads_text_pairs
    from core.training.tokenizing import make_reading

    pairs = reads_text_pairs(config.data)
    return memory.readings.get(
        (_data_key(config), config.model),
        lambda: make_reading(config, lambda: _load_training_split(memory, config), on_progress, pairs=pairs),
    )


def _default_length(model: str) -> int:
    """The default of the maximum length, in tokens; also for a model that is missing."""
    from core.models.tokenizer import default_length

    try:
        return default_length(resolve(model))
    except Problem:
        return DEFAULT_MAX_LENGTH


def _find_label_errors(memory: Memory, config: RunConfig, on_progress: OnProgress) -> list[Finding]:
    from core.data.quality.label_errors import suspect_labels

    overview = _survey(memory, config, on_progress)
    return memory.label_errors.get(
        (_data_key(config), config.model), lambda: suspect_labels(overview.survey, on_progress)
    )


def _load_training_split(memory: Memory, config: RunConfig) -> Split:
    """The training split, to train a tokenizer on.

    Raises:
        Problem: no run could start with these data.
    """
    try:
        return _load_splits(memory, config).train
    except Problem as problem:
        raise Problem(
            "its tokenizer is trained on the training texts, and no run can start with these data",
            where=config.model.name,
        ) from problem


def _load_splits(memory: Memory, config: RunConfig) -> DataSplits:
    """The data as a run would use them."""
    return memory.splits.get(_data_key(config), lambda: load_splits(config.data, seed=config.split_seed))


def _data_key(config: RunConfig) -> object:
    """Equal for configurations that read the same data, as long as no file changes."""
    return config.data, config.split_seed, stamps(config.data)
