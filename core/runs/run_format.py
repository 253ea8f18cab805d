"""The version of the run directory: what a newer program wrote is refused, what an older one did is read."""

from importlib import metadata
from pathlib import Path

import msgspec

from core.files import durable
from core.problems import Problem

# Raised when a program of the version before could misunderstand what is written now. Before 1 there was no
# such file: those directories are read as they are.
VERSION = 1
FILE = "format.json"


class RunFormat(msgspec.Struct, frozen=True):
    """The content of format.json."""

    version: int
    program: str = ""
    """Which wrote it, with its version."""


def write(folder: Path) -> None:
    """Say in `folder` that it has the format of this program.

    Raises:
        OSError: it cannot be written.
    """
    found = RunFormat(VERSION, f"bertcls-tui {metadata.version('bertcls-tui')}")
    durable.write_whole(folder / FILE, msgspec.json.encode(found) + b"\n")


def check(folder: Path) -> None:
    """Make sure that this program understands the run directory `folder`.

    Raises:
        Problem: a newer program wrote it, or nobody knows which.
    """
    path = folder / FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise Problem(f"it cannot be read ({error.strerror})", where=str(path)) from None
    try:
        found = msgspec.json.decode(content, type=RunFormat)
    except (ValueError, RecursionError):
        raise Problem(
            "the version of this run directory cannot be made out",
            where=str(path),
            mend=f'If this version of bertcls-tui made the run, write {{"version":{VERSION}}} there.',
        ) from None
    if not 1 <= found.version <= VERSION:
        raise Problem(
            f"this run has format {found.version}, and this program knows formats up to {VERSION}",
            where=str(folder),
            mend=f"Use the program that wrote it ({found.program or 'a newer bertcls-tui'}) or a newer one.",
        )
