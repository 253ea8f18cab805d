"""find: which kind of place a name is."""

from collections.abc import Mapping
from pathlib import Path

from core.config import DataConfig, ReadingConfig
from core.config.data_names import is_url, local_name
from core.data.formats.files import DataFile, split_extension
from core.data.formats.hub import is_hub_name
from core.data.locations.described import Described
from core.data.locations.folders.folder import in_folder
from core.data.locations.patterns import in_list, in_pattern, is_pattern, listed
from core.data.locations.pieces import check_alone
from core.data.locations.remote.hub import on_hub
from core.data.locations.remote.remote import at_url
from core.data.locations.shards import check_whole
from core.data.tables.subsets import FILE, split_of
from core.data.tables.table import Reader
from core.problems import Problem
from core.text.plain import quoted


def find_file(name: str, reading: ReadingConfig) -> Reader:
    """The reader of data that are not divided into splits.

    Raises:
        Problem: there is no such data, it is unreadable, or it has splits.
    """
    found = find(name, DataConfig.model_validate(reading.model_dump()))
    if FILE not in found:
        raise Problem(
            f"it has the splits {quoted(list(found))}", where=name, mend="Name the file of one of them."
        )
    return found[FILE]


def find(name: str, config: DataConfig) -> Mapping[str, Reader]:
    """Readers of the data `name`: one for each split, or one for `FILE`.

    Raises:
        Problem: there is no such data, or it is unreadable.
    """
    if not name.strip():
        raise Problem(
            "no training data", where="data.train", mend="Name a file, a folder or a data set on the Hub."
        )
    name = local_name(name)
    if is_url(name):
        return at_url(name, config)
    try:
        path = Path(name).expanduser()
    except RuntimeError:
        raise Problem("there is no such user", where=name, mend="Write the path of the file.") from None
    try:
        if path.is_dir():
            return in_folder(path, config)
        exists = path.exists()
    except (OSError, ValueError):
        exists = True  # the error is raised when it is read
    if exists:
        return _in_file(path, config)
    if is_pattern(name):
        return in_pattern(name, config)
    if files := listed(name):
        return in_list(files, config)
    if split_extension(path)[1] or not is_hub_name(name):
        return _in_file(path, config)
    return on_hub(name, None, config)


def _in_file(path: Path, config: DataConfig) -> Mapping[str, Reader]:
    """The reader of a file, or of the splits that it holds under keys.

    Raises:
        Problem: it is one shard of several, or cannot be read.
    """
    check_whole(path)
    is_training = bool(config.train) and path == Path(local_name(config.train)).expanduser()
    notes = check_alone(path, [config.validation, config.test]) if is_training else []
    file = DataFile(path, config)
    splits = {split: reader for name, reader in file.splits().items() if (split := split_of(name))}
    return splits or {FILE: Described(file, notes) if notes else file}
