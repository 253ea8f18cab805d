"""The version of the run directory format: newer ones are refused, older ones are read."""

from importlib import metadata
from pathlib import Path

import msgspec

from core.files import durable
from core.problems import Problem

# Raise this when programs of the version before could misread what is written now. Directories older than
# version 1 have no such file and are read as they are.
VERSION = 1
FILE = "format.json"


class RunFormat(msgspec.Struct, frozen=True):
    """The content of format.json."""

    version: int
    program: str = ""
    """Name and version of the program that wrote it."""


def write(folder: Path) -> None:
    """Write this program's format version into `folder`.

    Raises:
        OSError: the file cannot be written.
    """
    found = RunFormat(VERSION, f"bertcls-tui {metadata.version('bertcls-tui')}")
    durable.write_whole(folder / FILE, msgspec.json.encode(found) + b"\n")


def check(folder: Path) -> None:
    """Check that this program can read the run directory `folder`.

    Raises:
        Problem: its version is newer, or cannot be read.
    """
    path = folder / FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise Problem(f"the format version cannot be read ({error.strerror})", where=str(path)) from None
    try:
        found = msgspec.json.decode(content, type=RunFormat)
    except (ValueError, RecursionError):
        raise Problem(
            "the format version of this run directory is unreadable",
            where=str(path),
            mend=f'If this version of bertcls-tui made the run, write {{"version":{VERSION}}} there.',
        ) from None
    if not 1 <= found.version <= VERSION:
        raise Problem(
            f"this run has format version {found.version}; this program supports versions up to {VERSION}",
            where=str(folder),
            mend=f"Use the program that wrote it ({found.program or 'a newer bertcls-tui'}) or a newer one.",
        )
