"""A data file."""

from collections.abc import Mapping
from pathlib import Path

from core.config import DataConfig
from core.data.formats.files import DataFile
from core.data.locations.shards import check_whole
from core.data.locations.split_names import FILE, split_of
from core.data.table import Reader


def in_file(path: Path, config: DataConfig) -> Mapping[str, Reader]:
    """The reader of a file, or of the splits that it holds under keys.

    Raises:
        Problem: it is one shard of several, or cannot be read.
    """
    check_whole(path)
    file = DataFile(path, config)
    splits = {split: reader for name, reader in file.splits().items() if (split := split_of(name))}
    return splits or {FILE: file}
