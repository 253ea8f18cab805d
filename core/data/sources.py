"""Sources: a file, a folder or a data set on the Hub → a reader for each split."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from core.config import DataConfig
from core.data.columns.shapes.view import shaped
from core.data.columns.split_column import numbers_in, readers_by_column
from core.data.formats.content import Stamp
from core.data.locations.find import find
from core.data.locations.same_columns import with_columns_of
from core.data.locations.stamps import stamps_of
from core.data.tables.subsets import FILE
from core.data.tables.table import Reader, Table
from core.problems import Problem
from core.text.plain import quoted

_T = TypeVar("_T", bound="Reader | Source")
_TO_EVALUATE = (FILE, "test", "validation", "train")


@dataclass(frozen=True)
class Source:
    """The source of one split."""

    reader: Reader
    head: Table
    """First rows, with all columns."""
    is_named: bool
    """Whether it was requested by name, and not found beside the training data."""


def open_sources(config: DataConfig) -> dict[str, Source]:
    """Open the sources for training: `train`, and `validation` and `test` if there are any.

    Raises:
        Problem: a source is missing or unreadable, or there is no training split.
    """
    found = find(config.train, config)
    train = _source(_pick(found, "train", config.train), config, is_named=True)
    parts = _parts(train, config) if len(found) == 1 else {}
    train = _pick(parts, "train", config.train) if parts else train
    if unused := numbers_in(train.head, config):
        train = replace(train, head=replace(train.head, assumptions=[*train.head.assumptions, *unused]))
    sources = {"train": train}
    for split, named in (("validation", config.validation), ("test", config.test)):
        if named:
            reader = _pick(find(named, config), split, named)
            sources[split] = _source_like(train, reader, config, is_named=True)
        elif split in parts:
            sources[split] = parts[split]
        elif split in found:
            sources[split] = _source_like(train, found[split], config, is_named=False)
    return sources


def open_for_evaluation(
    config: DataConfig, text: str | None = None, label: str | None = None
) -> tuple[str, Source]:
    """Open the source to evaluate on: the file, or the first split of test, validation, train that exists.

    Args:
        config: the data settings.
        text: text column that the model was trained with.
        label: label column that the model was trained with.

    Returns:
        The name of the split and its source.

    Raises:
        Problem: the source is missing or unreadable.
    """
    found = find(config.train, config.model_copy(update={"text_column": config.text_column or text}))
    split = next(name for name in _TO_EVALUATE if name in found)
    source = _source(found[split], config, is_named=True, like=[label] if label else (), trained=text)
    if len(found) == 1 and (parts := _parts(source, config)):
        split = next(name for name in _TO_EVALUATE if name in parts)
        source = parts[split]
    return split, source


def stamps(config: DataConfig) -> tuple[tuple[str, Stamp], ...]:
    """Paths and stamps of the local files of `config`: they differ once a file changes."""
    names = filter(None, (config.train, config.validation, config.test))
    return tuple(each for name in names for each in stamps_of(name))


def _source(
    reader: Reader,
    config: DataConfig,
    *,
    is_named: bool,
    like: Iterable[str] = (),
    trained: str | None = None,
) -> Source:
    """The source of a reader, with the columns that `config` and `like` name among those it can make."""
    text = config.text_column or trained
    return Source(*shaped(reader, text, (config.label_column, *like), config.label_column), is_named)


def _source_like(train: Source, reader: Reader, config: DataConfig, *, is_named: bool) -> Source:
    """The source of another split, whose columns have the names of those of `train` where that is certain."""
    source = _source(reader, config, is_named=is_named, like=train.head.columns)
    if set(train.head.columns) <= set(source.head.columns):
        return source
    own, name = next(reader.chunks()).columns, train.reader.source
    renamed = with_columns_of(reader, own, train.head.columns, name)
    return _source(renamed, config, is_named=is_named, like=train.head.columns) if renamed else source


def _parts(whole: Source, config: DataConfig) -> dict[str, Source]:
    """The sources of the splits that a column of `whole` names; empty if none does."""
    readers = readers_by_column(whole.reader, whole.head, config)
    return {
        split: Source(reader, next(reader.chunks()), is_named=split == "train")
        for split, reader in readers.items()
    }


def _pick(found: Mapping[str, _T], split: str, name: str) -> _T:
    """What was found for `split`. A single file can be any split."""
    reader = found.get(split) or found.get(FILE)
    if reader is None:
        raise Problem(
            f"no {split} split, only {quoted(list(found))}",
            where=name,
            mend=f"Give the {split} file itself, or rename it to {split}.csv or another supported extension.",
        )
    return reader
