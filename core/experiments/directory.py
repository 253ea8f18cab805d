"""ExperimentDirectory: where everything about an experiment lies: what was asked, a run for each member."""

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
    """Of the run; its directory lies in that of the experiment."""
    model: str
    """As it was asked for: a model or a preset. Members of one model differ by their seed."""
    seed: int
    settings: dict[str, Any]
    """Its RunConfig, complete."""


class _File(msgspec.Struct, frozen=True):
    members: list[Member]


def read_members(path: Path) -> list[Member]:
    """What the `experiment.toml` at `path` says.

    Raises:
        Problem: it is missing, or is none.
    """
    try:
        members = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).members
    except OSError as error:
        raise Problem(f"it cannot be read ({error.strerror})", where=str(path)) from None
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
        """The experiment at `path`.

        Raises:
            Problem: there is none, or the file that describes it cannot be read, or it has a link out of it.
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
                mend="`bertcls-tui list` shows those that there are.",
            )
        check_links(experiment.path)
        experiment.members  # noqa: B018 - read now, so that a damaged file is told where it is opened
        return experiment

    @property
    def file(self) -> Path:
        """What was asked, complete: TOML. Its time is that of the last launch."""
        return self.path / FILE

    @property
    def launch_mark(self) -> Path:
        """What was asked; see core/runs/launch.py."""
        return self.file

    @property
    def first_sign(self) -> Path:
        """The lock, which is written to when it is taken."""
        return self.lock

    @property
    def log(self) -> Path:
        """What that process did."""
        return self.path / "experiment.log"

    @cached_property
    def members(self) -> list[Member]:
        """In the order of their training.

        Raises:
            Problem: the file that describes them cannot be read.
        """
        return read_members(self.file)

    def run_of(self, member: Member) -> RunDirectory:
        """The run of `member`; there are no files before it is its turn."""
        return RunDirectory(self.path / member.name)

    def write_members(self, members: list[Member]) -> None:
        """Keep what was asked."""
        durable.write_whole(self.file, tomli_w.dumps(msgspec.to_builtins(_File(members))).encode())

    def delete(self) -> None:
        """Remove the experiment with all its runs.

        Raises:
            Problem: it goes on, or the folder cannot be removed.
        """
        busy = [self.path] * self.is_alive
        busy += [file.parent for file in self.path.glob("*/lock") if lock.is_held(file)]
        if busy:
            raise Problem("this is still training", where=busy[0].name, mend="Stop it first.")
        self.remove()
