"""Sources: a file, a folder or a data set on the Hub → a reader for each split."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.config import DataConfig
from core.data.formats.content import Stamp
from core.data.locations.find import find
from core.data.locations.split_names import FILE
from core.data.locations.stamps import stamps_of
from core.data.table import Reader, Table
from core.problems import Problem
from core.text.plain import quoted


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
    sources = {"train": _source(_pick(found, "train", config.train), is_named=True)}
    for split, named in (("validation", config.validation), ("test", config.test)):
        if named:
            sources[split] = _source(_pick(find(named, config), split, named), is_named=True)
        elif split in found:
            sources[split] = _source(found[split], is_named=False)
    return sources


def open_for_evaluation(config: DataConfig) -> tuple[str, Source]:
    """Open the source to evaluate on: the file, or the first split of test, validation, train that exists.

    Returns:
        The name of the split and its source.

    Raises:
        Problem: the source is missing or unreadable.
    """
    found = find(config.train, config)
    split = next(name for name in (FILE, "test", "validation", "train") if name in found)
    return split, _source(found[split], is_named=True)


def stamps(config: DataConfig) -> tuple[tuple[str, Stamp], ...]:
    """Paths and stamps of the local files of `config`: they differ once a file changes."""
    names = filter(None, (config.train, config.validation, config.test))
    return tuple(each for name in names for each in stamps_of(name))


def _source(reader: Reader, *, is_named: bool) -> Source:
    return Source(reader, next(reader.chunks()), is_named)


def _pick(found: Mapping[str, Reader], split: str, name: str) -> Reader:
    """The reader for `split`. A single file can be any split."""
    reader = found.get(split) or found.get(FILE)
    if reader is None:
        raise Problem(
            f"no {split} split, only {quoted(list(found))}",
            where=name,
            mend=f"Give the {split} file itself, or rename it to {split}.csv or another supported extension.",
        )
    return reader
