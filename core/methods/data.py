"""Questions about data. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from core.config import RunConfig, build_config
from core.data.sources import stamps
from core.data.splits import load_splits
from core.methods.memory import Memory, Progress, data_config
from core.protocol import DataReport, Inspection
from core.training.plan import Plan

if TYPE_CHECKING:
    from core.encoding.encoder import Encoder


def inspect(memory: Memory, data: dict[str, Any], on_progress: Progress) -> Inspection:
    """Look into a data source: columns, labels, the first rows. `data` is a DataConfig as a dict."""
    from core.data.report import inspect

    on_progress("reading data")
    return inspect(data_config(data))


def plan(memory: Memory, config: dict[str, Any], on_progress: Progress) -> Plan:
    """What a run with this RunConfig, as a dict, would do."""
    asked: RunConfig = build_config(config)
    on_progress("reading data")
    read = (asked.data, asked.split_seed, stamps(asked.data))
    splits = memory.splits.get(read, lambda: load_splits(asked.data, seed=asked.split_seed))
    on_progress("loading libraries")
    from core.training.planning import prepare, tokenize

    tokenized = memory.tokenized.get((read, asked.model), lambda: tokenize(asked, splits, on_progress))
    return prepare(asked, splits, on_progress, tokenized=tokenized).plan


def check(memory: Memory, config: dict[str, Any], on_progress: Progress) -> DataReport:
    """A report on the data of this RunConfig, with lengths where its model's tokenizer can be had."""
    from core.data.report import report

    checked: RunConfig = build_config(config)

    @cache
    def encoder() -> Encoder:
        from core.data.gathering import reads_pairs
        from core.encoding.encoder import Encoder
        from core.models.catalog import resolve
        from core.models.loading import load_tokenizer

        on_progress("loading tokenizer")
        tokenizer = load_tokenizer(resolve(checked.model.name), checked.model.max_length)
        return Encoder(tokenizer, None, pairs=reads_pairs(checked.data))

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
