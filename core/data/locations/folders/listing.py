"""The data files and the folders in a folder."""

from pathlib import Path

from core.data.formats.files import split_extension
from core.problems import Problem

# They describe data, and are none.
_ABOUT = {
    "dataset_dict.json",
    "dataset_info.json",
    "dataset_infos.json",
    "state.json",
    "readme.txt",
    "license.txt",
}


def data_files(folder: Path) -> list[Path]:
    """The files of a supported format in a folder, by name.

    Raises:
        Problem: the folder is unreadable.
    """
    return [path for path in _entries(folder) if _is_data(path)]


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder that are not hidden, by name.

    Raises:
        Problem: the folder is unreadable.
    """
    return [path for path in _entries(folder) if path.is_dir()]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name[0] not in "._")
    except OSError as error:
        raise Problem(
            f"cannot read the folder ({error.strerror})", where=str(folder), mend="Check its permissions."
        ) from None


def _is_data(path: Path) -> bool:
    return path.is_file() and bool(split_extension(path)[1]) and path.name.lower() not in _ABOUT
