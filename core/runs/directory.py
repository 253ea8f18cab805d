"""RunDirectory: paths, creation and opening of the directory of a run; see docs/run-directory.md."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from core.files import durable
from core.problems import Problem
from core.runs import run_format
from core.runs.process_directory import ProcessDirectory, check_links
from core.text.plain import shortened

RESERVE = ".reserve"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def default_runs_dir() -> Path:
    """Return the folder of runs that is used unless another is given: $BERTCLS_RUNS_DIR, or `runs`."""
    return Path(os.environ.get("BERTCLS_RUNS_DIR") or "runs")


def check_name(name: str, where: str = "") -> None:
    """Check that `name` is a valid name of a run: a plain folder name, never a path.

    Raises:
        Problem: it is not valid.
    """
    if not _NAME.fullmatch(name):
        raise Problem(
            f"{shortened(name, 100)!r} cannot be the name of a run",
            where=where,
            mend="Use letters, digits, '.', '_' and '-'. Begin with a letter or digit.",
        )


def make_folder(runs_dir: Path, name: str, *, unique: bool) -> Path:
    """Make a new folder in `runs_dir` (mode 0700). Arguments and errors: see `RunDirectory.create`."""
    check_name(name)
    number = 1
    while True:
        path = runs_dir.absolute() / (name if number == 1 else f"{name}-{number}")
        try:
            runs_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.mkdir(mode=0o700)
        except FileExistsError:
            if path.parent.is_dir() and not unique:
                number += 1
                continue
            if path.exists():
                raise Problem(
                    "there is a run of this name already",
                    where=str(path),
                    mend="Choose another --name, or delete that run (key x in the list of runs).",
                ) from None
            raise Problem(
                "this is not a folder", where=str(runs_dir), mend="Choose another --runs-dir."
            ) from None
        except OSError as error:
            raise Problem(
                f"the runs directory cannot be written ({error.strerror})",
                where=str(runs_dir),
                mend="Choose another --runs-dir, or make this one writable.",
            ) from None
        return path


@dataclass(frozen=True)
class RunDirectory(ProcessDirectory):
    """The folder of one run."""

    @classmethod
    def create(cls, runs_dir: Path, name: str, *, unique: bool) -> Self:
        """Make a new run directory (mode 0700).

        Args:
            runs_dir: the folder of all runs; created if missing.
            name: letters, digits, `.`, `_` and `-`.
            unique: fail if the name is taken; otherwise a number is added to it.

        Raises:
            Problem: the name is invalid or taken, or the folder cannot be written.
        """
        run = cls(make_folder(runs_dir, name, unique=unique))
        try:
            run.checkpoints.mkdir(mode=0o700)
            run_format.write(run.path)
        except OSError as error:
            shutil.rmtree(run.path, ignore_errors=True)
            raise Problem(f"the run cannot be written ({error.strerror})", where=str(run.path)) from None
        return run

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the run at `path`.

        Raises:
            Problem: there is no run, its format is unknown, or a link leads out of it.
        """
        run = cls(path.absolute())
        try:
            is_run = run.config.is_file()
        except OSError as error:
            raise Problem(f"the run cannot be read ({error.strerror})", where=str(path)) from None
        if not is_run:
            raise Problem("there is no such run", where=str(path), mend="`bertcls-tui list` shows all runs.")
        run_format.check(run.path)
        check_links(run.path)
        return run

    @property
    def config(self) -> Path:
        """All settings of the run: TOML."""
        return self.path / "config.toml"

    @property
    def environment(self) -> Path:
        """Versions, device, seed and data fingerprint: JSON."""
        return self.path / "environment.json"

    @property
    def events(self) -> Path:
        """Events: JSON lines."""
        return self.path / "events.jsonl"

    @property
    def launch_mark(self) -> Path:
        """The configuration; see core/runs/launch.py."""
        return self.config

    @property
    def first_sign(self) -> Path:
        """The events: a trainer takes the lock before it writes the first one."""
        return self.events

    @property
    def log(self) -> Path:
        """Standard output and error of the trainer and its libraries."""
        return self.path / "trainer.log"

    @property
    def reserve(self) -> Path:
        """Space set aside for the last events on a full disk; see core/runs/disk_space.py."""
        return self.path / RESERVE

    @property
    def checkpoints(self) -> Path:
        """Folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def writer_lock(self) -> Path:
        """Lock of the process that writes checkpoints; it may outlive a killed trainer briefly."""
        return self.path / "checkpoints.lock"

    @property
    def model(self) -> Path:
        """The best model, saved when training ends."""
        return self.path / "model"

    @property
    def outcomes(self) -> Path:
        """Predictions of the best checkpoint on the test split: safetensors."""
        return self.path / "predictions" / "test.safetensors"

    def evaluated(self, fingerprint: str) -> Path:
        """Predictions of the last evaluated checkpoint on the data with that fingerprint: safetensors."""
        return self.path / "predictions" / f"evaluated-{fingerprint[:16]}.safetensors"

    @property
    def reports(self) -> Path:
        """Folder of the reports about this run."""
        return self.path / "reports"

    def write_config(self, toml: str) -> None:
        """Write the configuration."""
        durable.write_whole(self.config, toml.encode())

    def delete(self) -> None:
        """Remove the run and everything in it.

        Raises:
            Problem: the run is training, or the folder cannot be removed.
        """
        if self.is_alive:
            raise Problem("this run is still training", where=self.name, mend="Stop it first.")
        self.remove()
