"""A folder with a file for each split."""

from collections.abc import Mapping
from pathlib import Path

from core.config import DataConfig
from core.data.formats.files import FORMATS, DataFile, split_extension
from core.data.locations.split_names import split_of
from core.data.table import Reader
from core.problems import Problem
from core.text.plain import quoted


def in_folder(folder: Path, config: DataConfig) -> Mapping[str, Reader]:
    """Readers of the files that are named for a split.

    Raises:
        Problem: the folder is unreadable, or has no such file, or two for a split.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and split_extension(path)[1])
    except OSError as error:
        raise Problem(
            f"cannot read the folder ({error.strerror})", where=str(folder), mend="Check its permissions."
        ) from None
    found: dict[str, Path] = {}
    for path in files:
        split = split_of(split_extension(path)[0])
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
