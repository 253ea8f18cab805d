"""ZIP archives with one data file in them, as Kaggle and pandas write them."""

import re
import struct
import zipfile
from pathlib import PurePosixPath
from typing import IO, Any

from core.text.plain import quoted

DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, struct.error)
"""Errors of the library while a member is read."""
_END = b"PK\x05\x06"  # of the list of members, which says how long the list is
_LONGEST_END = 22 + (1 << 16)
_MOST_LISTED = 1 << 20  # bytes of the list of members
_NO_DATA = re.compile(
    r"readme|licen[cs]e|changelog|citation|about|\.ds_store|desktop\.ini|thumbs\.db", re.IGNORECASE
)


class UnusableArchive(Exception):  # noqa: N818 - becomes a Problem, which knows the path
    """An archive that cannot be read as one file."""

    def __init__(self, what: str, mend: str = "Unpack it, and name the file or the folder.") -> None:
        self.mend = mend
        super().__init__(what)


def open_member(file: Any) -> IO[bytes]:
    """Open the one data file of an archive.

    Raises:
        UnusableArchive: there is none or there are several, or it is damaged or encrypted.
    """
    archive = _open(file)
    try:
        return archive.open(_member(archive))
    except DAMAGED as error:
        if "password" in str(error) or "encrypted" in str(error):
            raise UnusableArchive("the archive has a password") from None
        raise UnusableArchive("the .zip file is damaged or truncated", "Copy or download it again.") from None


def member_name(file: Any) -> str:
    """Name of the one data file of an archive, without folders.

    Raises:
        UnusableArchive: as for `open_member`.
    """
    return PurePosixPath(_member(_open(file)).filename).name


def members(file: Any) -> list[str]:
    """Names of all members.

    Raises:
        UnusableArchive: the archive is damaged.
    """
    return _open(file).namelist()


def _open(file: Any) -> zipfile.ZipFile:
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - _LONGEST_END))
    end = file.read(_LONGEST_END)
    start = end.rfind(_END)
    listed = int.from_bytes(end[start + 12 : start + 16], "little") if start >= 0 else 0
    if listed > _MOST_LISTED:
        raise UnusableArchive("the archive has very many files, or more than 4 GiB")
    file.seek(0)
    try:
        return zipfile.ZipFile(file)
    except (*DAMAGED, OSError, ValueError, EOFError):
        raise UnusableArchive("the .zip file is damaged or truncated", "Copy or download it again.") from None


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    found = [info for info in archive.infolist() if not info.is_dir() and not _is_aside(info.filename)]
    with_extension = [info for info in found if PurePosixPath(info.filename).suffix]
    chosen = with_extension if len(with_extension) == 1 else found
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise UnusableArchive("no data file in the archive", "Name a file with data.")
    raise UnusableArchive(
        f"{len(chosen)} files in the archive: {quoted([info.filename for info in chosen], 5)}"
    )


def _is_aside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith((".", "__MACOSX")) for part in parts) or bool(_NO_DATA.match(parts[-1]))
