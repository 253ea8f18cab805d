"""Sources: a file, a folder or a data set on the Hub → a reader for each split."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.config import DataConfig
from core.data.formats.content import Stamp, stamp
from core.data.formats.files import FORMATS, DataFile, split_extension
from core.data.formats.hub import is_hub_name, load_hub_splits
from core.data.table import Reader, Table
from core.problems import Problem
from core.text.plain import quoted

_SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}
_FILE = "file"  # the split of a source that is a single file


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
    found = _find(config.train, config)
    sources = {"train": _source(_pick(found, "train", config.train), is_named=True)}
    for split, named in (("validation", config.validation), ("test", config.test)):
        if named:
            sources[split] = _source(_pick(_find(named, config), split, named), is_named=True)
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
    found = _find(config.train, config)
    split = next(name for name in (_FILE, "test", "validation", "train") if name in found)
    return split, _source(found[split], is_named=True)


def stamps(config: DataConfig) -> tuple[tuple[str, Stamp], ...]:
    """Paths and stamps of the local files of `config`: they differ once a file changes."""
    found = []
    for name in filter(None, (config.train, config.validation, config.test)):
        path = Path(name).expanduser()
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if now := stamp(file):
                found.append((str(file.absolute()), now))
    return tuple(found)


def _source(reader: Reader, *, is_named: bool) -> Source:
    return Source(reader, next(reader.chunks()), is_named)


def _pick(found: Mapping[str, Reader], split: str, name: str) -> Reader:
    """The reader for `split`. A single file can be any split."""
    reader = found.get(split) or found.get(_FILE)
    if reader is None:
        raise Problem(
            f"no {split} split, only {quoted(list(found))}",
            where=name,
            mend=f"Give the {split} file itself, or rename it to {split}.csv or another supported extension.",
        )
    return reader


def _find(name: str, config: DataConfig) -> Mapping[str, Reader]:
    """Readers of the source `name`: one for each split, or one for `_FILE`."""
    if not name.strip():
        raise Problem(
            "no training data", where="data.train", mend="Name a file, a folder or a data set on the Hub."
        )
    path = Path(name).expanduser()
    try:
        if path.is_dir():
            return _find_in_folder(path, config)
        exists = path.exists()
    except (OSError, ValueError):
        exists = True  # the error is raised when it is read
    if exists or split_extension(path)[1] or not is_hub_name(name):
        return {_FILE: DataFile(path, config)}
    readers = load_hub_splits(name, config.subset)
    by_split = {_SPLIT_NAMES[split]: reader for split, reader in readers.items() if split in _SPLIT_NAMES}
    if not by_split:
        raise Problem(
            f"no train, validation or test split, only {quoted(list(readers))}",
            where=name,
            mend="Save the split as a file, and name the file.",
        )
    return by_split


def _find_in_folder(folder: Path, config: DataConfig) -> Mapping[str, Reader]:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and split_extension(path)[1])
    except OSError as error:
        raise Problem(
            f"cannot read the folder ({error.strerror})", where=str(folder), mend="Check its permissions."
        ) from None
    found: dict[str, Path] = {}
    for path in files:
        split = _SPLIT_NAMES.get(split_extension(path)[0].lower())
        if split in found:
            raise Problem(
                f"two files for the {split} split: {quoted([found[split].name, path.name])}",
                where=str(folder),
                mend="Keep one of them in the folder, or give the files one by one.",
            )
        if split:
            found[split] = path
    if not found:
        names = f"only {quoted([path.name for path in files])}" if files else "and no data file at all"
        raise Problem(
            f"no train, validation or test file, {names}",
            where=str(folder),
            mend=f"Name them train, validation and test, with one of the extensions {' '.join(FORMATS)}.",
        )
    return {split: DataFile(path, config) for split, path in found.items()}
