"""ExperimentDirectory: the folder of an experiment, with its members and a run directory for each."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import msgspec
import tomli_w

from core.files import durable, lock
from core.problems import Problem
from core.runs.directory import RunDirectory, check_name
from core.runs.process_directory import ProcessDirectory, check_links

FILE = "experiment.toml"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One run of an experiment."""

    name: str
    """Name of the run; its directory lies in that of the experiment."""
    model: str
    """Model or preset, as requested. Members of one model differ by their seed."""
    seed: int
    settings: dict[str, Any]
    """Complete RunConfig."""


class _File(msgspec.Struct, frozen=True):
    members: list[Member]


def read_members(path: Path) -> list[Member]:
    """Read the members from the `experiment.toml` at `path`.

    Raises:
        Problem: the file is missing or invalid.
    """
    try:
        members = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).members
    except OSError as error:
        raise Problem(f"the file cannot be read ({error.strerror})", where=str(path)) from None
    except (ValueError, RecursionError) as error:
        raise Problem(f"this does not describe an experiment ({error})", where=str(path)) from None
    for member in members:
        check_name(member.name, where=str(path))
    return members


@dataclass(frozen=True)
class ExperimentDirectory(ProcessDirectory):
    """The folder of one experiment."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the experiment at `path`.

        Raises:
            Problem: there is none, experiment.toml is invalid, or a link leads out of the folder.
        """
        experiment = cls(path.absolute())
        try:
            is_there = experiment.file.is_file()
        except OSError as error:
            raise Problem(f"the experiment cannot be read ({error.strerror})", where=str(path)) from None
        if not is_there:
            raise Problem(
                "there is no such experiment",
                where=str(path),
                mend="`bertcls-tui list` shows all experiments.",
            )
        check_links(experiment.path)
        experiment.members  # noqa: B018 - read now, so that a damaged file is reported here
        return experiment

    @property
    def file(self) -> Path:
        """The members with their settings: TOML. Its modification time is that of the last launch."""
        return self.path / FILE

    @property
    def launch_mark(self) -> Path:
        """experiment.toml; see core/runs/launch.py."""
        return self.file

    @property
    def first_sign(self) -> Path:
        """The lock, which the process signs when it takes it."""
        return self.lock

    @property
    def log(self) -> Path:
        """Log of the process."""
        return self.path / "experiment.log"

    @cached_property
    def members(self) -> list[Member]:
        """The members in the order of training.

        Raises:
            Problem: experiment.toml cannot be read.
        """
        return read_members(self.file)

    def run_of(self, member: Member) -> RunDirectory:
        """Return the run directory of `member`; it exists once its training has started."""
        return RunDirectory(self.path / member.name)

    def write_members(self, members: list[Member]) -> None:
        """Write experiment.toml."""
        durable.write_whole(self.file, tomli_w.dumps(msgspec.to_builtins(_File(members))).encode())

    def delete(self) -> None:
        """Remove the experiment and all its runs.

        Raises:
            Problem: it is still training, or the folder cannot be removed.
        """
        busy = [self.path] * self.is_alive
        busy += [file.parent for file in self.path.glob("*/lock") if lock.is_held(file)]
        if busy:
            raise Problem("this is still training", where=busy[0].name, mend="Stop it first.")
        self.remove()
