"""Start or resume an experiment: a process of its own launches one trainer after the other."""

import shutil
import subprocess
from pathlib import Path

import msgspec

from core.config import build_config
from core.experiments.directory import ExperimentDirectory, Member
from core.experiments.members import settings_of
from core.problems import Problem
from core.runs.directory import make_folder
from core.runs.launch import start_process
from core.runs.start import data_name, with_absolute_paths


def start(
    members: list[Member], runs_dir: Path, name: str | None
) -> tuple[ExperimentDirectory, subprocess.Popen[bytes]]:
    """Create the directory of an experiment and start the process that trains its members.

    Args:
        members: see `make_members`.
        runs_dir: the folder of all runs.
        name: of the experiment; by default derived from the data.

    Raises:
        Problem: the name is invalid or taken, or the runs directory cannot be written.
    """
    words = (data_name(build_config(members[0].settings)), "experiment")
    derived = "-".join(word for word in words if word)
    experiment = ExperimentDirectory(make_folder(runs_dir, name or derived, unique=name is not None))
    try:
        experiment.write_members([_placed(member, experiment.path) for member in members])
        return experiment, launch(experiment)
    except OSError as error:
        shutil.rmtree(experiment.path, ignore_errors=True)
        raise Problem(
            f"the experiment cannot be written ({error.strerror})", where=str(experiment.path)
        ) from None


def launch(experiment: ExperimentDirectory) -> subprocess.Popen[bytes]:
    """Start the process that trains the remaining members, and return at once.

    Raises:
        Problem: the process is running already, or the directory cannot be written.
    """
    try:
        return start_process("core.experiments", experiment)
    except OSError as error:
        raise Problem(
            f"the experiment cannot be written to ({error.strerror})", where=str(experiment.path)
        ) from None


def _placed(member: Member, folder: Path) -> Member:
    """Return `member` with the place of its run, and absolute paths of data."""
    config = with_absolute_paths(build_config(member.settings), folder)
    place = config.output.model_copy(update={"name": member.name})
    return msgspec.structs.replace(member, settings=settings_of(config.model_copy(update={"output": place})))
