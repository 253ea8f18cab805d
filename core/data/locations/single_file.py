"""A data file."""

from collections.abc import Mapping
from pathlib import Path

from core.config import DataConfig
from core.data.formats.files import DataFile
from core.data.locations.shards import check_whole
from core.data.locations.split_names import FILE
from core.data.table import Reader


def in_file(path: Path, config: DataConfig) -> Mapping[str, Reader]:
    """The reader of a file.

    Raises:
        Problem: it is one shard of several.
    """
    check_whole(path)
    return {FILE: DataFile(path, config)}
