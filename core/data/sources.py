"""From what a person names - a file, a folder, a data set of the Hub - to a reader for each split."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.config import DataConfig
from core.data.formats import FORMATS, DataFile, split_name
from core.data.hub import is_hub_name, load_hub_splits
from core.data.reading import Stamp, stamp
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
_FILE = "file"  # the one split of a source that is a single file


@dataclass(frozen=True)
class Source:
    """Where the rows of one split come from."""

    reader: Reader
    head: Table
    """Its first rows, which show its columns."""
    is_named: bool
    """Whether the person named it; otherwise it was found beside the training data."""


def open_sources(config: DataConfig) -> dict[str, Source]:
    """The sources for training: `train`, and `validation` and `test` where there are such.

    Raises:
        Problem: a source is missing or its first rows cannot be read, or there is no training split.
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
    """The split to evaluate on and where it is: the file, or the first there is of test, validation, train.

    Raises:
        Problem: the source is missing or its first rows cannot be read.
    """
    found = _find(config.train, config)
    split = next(name for name in (_FILE, "test", "validation", "train") if name in found)
    return split, _source(found[split], is_named=True)


def stamps(config: DataConfig) -> tuple[tuple[str, Stamp], ...]:
    """What is different when a file behind `config` is another one now. A data set of the Hub has none."""
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
    """The reader for `split`; a single file can be any."""
    reader = found.get(split) or found.get(_FILE)
    if reader is None:
        raise Problem(
            f"there is no {split} split, only {quoted(list(found))}",
            where=name,
            mend=f"Name the {split} file itself, or call it {split} with an ending such as .csv.",
        )
    return reader


def _find(name: str, config: DataConfig) -> Mapping[str, Reader]:
    """What is at `name`: a reader for each split, or one for `file`."""
    if not name.strip():
        raise Problem(
            "no data is named", where="data.train", mend="Name a file, a folder or a data set of the Hub."
        )
    path = Path(name).expanduser()
    try:
        if path.is_dir():
            return _find_in_folder(path, config)
        exists = path.exists()
    except (OSError, ValueError):
        exists = True  # let reading it say what is wrong
    if exists or split_name(path)[1] or not is_hub_name(name):
        return {_FILE: DataFile(path, config.encoding)}
    readers = load_hub_splits(name, config.subset)
    by_split = {_SPLIT_NAMES[split]: reader for split, reader in readers.items() if split in _SPLIT_NAMES}
    if not by_split:
        raise Problem(
            f"the data set has no train, validation or test split, only {quoted(list(readers))}",
            where=name,
            mend="Save the split you want as a file, and name that.",
        )
    return by_split


def _find_in_folder(folder: Path, config: DataConfig) -> Mapping[str, Reader]:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and split_name(path)[1])
    except OSError as error:
        raise Problem(
            f"the folder cannot be read ({error.strerror})", where=str(folder), mend="Check its permissions."
        ) from None
    found: dict[str, Path] = {}
    for path in files:
        split = _SPLIT_NAMES.get(split_name(path)[0].lower())
        if split in found:
            raise Problem(
                f"there are two files for the {split} split: {quoted([found[split].name, path.name])}",
                where=str(folder),
                mend="Keep one of them in the folder, or name the files one by one.",
            )
        if split:
            found[split] = path
    if not found:
        names = f"only {quoted([path.name for path in files])}" if files else "and no data file at all"
        raise Problem(
            f"the folder has no train, validation or test file, {names}",
            where=str(folder),
            mend=f"Call the files train, validation and test, with one of the endings {' '.join(FORMATS)}.",
        )
    return {split: DataFile(path, config.encoding) for split, path in found.items()}
