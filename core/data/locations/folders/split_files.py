"""read_files: the files of one split."""

from collections.abc import Sequence
from pathlib import Path

from core.config import DataConfig
from core.data.formats.files import DataFile
from core.data.locations.folders.class_files import class_files
from core.data.locations.several import SeveralFiles
from core.data.locations.shards import Shard, check_shards
from core.data.tables.table import Reader
from core.problems import without_home


def read_files(files: Sequence[Path], config: DataConfig, name: str = "") -> Reader:
    """The reader of one file, or of several as one split.

    Args:
        files: in order.
        config: how to read them.
        name: of several files; by default the pattern of their names, or their folder.

    Raises:
        Problem: a shard is missing.
    """
    check_shards(files)
    if config.train and (found := class_files(files, config, name)):
        return found
    readers = [DataFile(path, config) for path in files]
    if len(readers) == 1:
        return readers[0]
    shard = Shard.of(files[0].name)
    folder = files[0].parent
    return SeveralFiles(name or without_home(str(folder / shard.pattern if shard else folder)), readers)
