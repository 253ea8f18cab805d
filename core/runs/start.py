"""Start a new run: create its directory, write its configuration, launch its trainer."""

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from core.config import FROM_SCRATCH, MINILM, RUN, RunConfig
from core.config.data_names import absolute, file_name, is_url
from core.problems import Problem, without_home
from core.runs.directory import RunDirectory
from core.runs.history import read_outline
from core.runs.launch import launch
from core.runs.state import RESUMABLE, state_of

# Small example data of this project, installed beside the packages.
SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"

_EXTENSIONS = re.compile(
    r"(\.(csv|tsv|jsonl?|ndjson|parquet|arrow|feather|xlsx?|ods|txt|zip))?(\.(gz|xz|zst|bz2))?$",
    re.IGNORECASE,
)
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9._-]+")


def start(config: RunConfig) -> tuple[RunDirectory, subprocess.Popen[bytes]]:
    """Create the run described by `config` and start its trainer.

    Raises:
        Problem: the name is invalid or taken, or the runs directory cannot be written or has no locks.
    """
    run = create_run(config)
    try:
        return run, launch(run)
    except BaseException:
        shutil.rmtree(run.path, ignore_errors=True)
        raise


def create_run(config: RunConfig, complete: Callable[[Path], RunConfig] | None = None) -> RunDirectory:
    """Create the directory of a run, with its configuration.

    Args:
        config: names the run and its folder.
        complete: returns the final configuration, given the new directory, into which it may write data.
            By default it is `config`.

    Raises:
        Problem: the name is invalid or taken, or the runs directory cannot be written. Nothing is left.
    """
    name = config.output.name
    runs_dir = Path(config.output.runs_dir).expanduser().absolute()
    run = RunDirectory.create(runs_dir, name or derived_name(config), unique=name is not None)
    try:
        final = complete(run.path) if complete else config
        run.write_config(with_absolute_paths(_movable(final, run.path), runs_dir).to_toml())
    except BaseException as error:
        shutil.rmtree(run.path, ignore_errors=True)
        if isinstance(error, OSError):
            raise Problem(f"the run cannot be written ({error.strerror})", where=str(run.path)) from None
        raise
    return run


def check_resumable(run: RunDirectory) -> None:
    """Check that a run can be resumed.

    Raises:
        Problem: it is over, or a trainer is running.
    """
    if run.is_alive:
        raise Problem(
            "this run is training already", where=run.name, mend=f"Watch it: bertcls-tui attach {run.name}."
        )
    state = state_of(read_outline(run), is_alive=False)
    if state not in RESUMABLE:
        raise Problem(
            f"this run is {state} and cannot be resumed",
            where=run.name,
            mend=f"Start a new run: `bertcls-tui train --config {run.config}`.",
        )


def free_name(runs_dir: Path, name: str) -> str:
    """Return `name`, or if a run has that name `name-2`, `name-3` and so on."""
    candidates = (name if number == 1 else f"{name}-{number}" for number in itertools.count(1))
    return next(candidate for candidate in candidates if not (runs_dir / candidate).exists())


def derived_name(config: RunConfig) -> str:
    """Return a name made from data and model: `reviews_train-minilm`."""
    words = (data_name(config), words_of(Path(config.model.name).name))
    return "-".join(word for word in words if word) or "run"


def data_name(config: RunConfig) -> str:
    """Return a name for the data: `reviews_train`."""
    name = config.data.train
    stem = _EXTENSIONS.sub("", file_name(name))
    if stem.lower() == "train" and not is_url(name):  # the name of its folder says more
        stem = Path(name).absolute().parent.name
    return words_of(stem)


def words_of(text: str) -> str:
    """Return the beginning of `text` as part of a file name, other characters replaced by `-`."""
    return _NOT_ALLOWED.sub("-", text).strip("._-")[:48]


def _movable(config: RunConfig, folder: Path) -> RunConfig:
    """Return `config` with paths of data in `folder`, its run directory, that hold wherever that is moved."""
    own = {
        split: RUN + Path(source).relative_to(folder).as_posix()
        for split in ("train", "validation", "test")
        if (source := getattr(config.data, split)) and Path(source).is_relative_to(folder)
    }
    return config.model_copy(update={"data": config.data.model_copy(update=own)})


def with_absolute_paths(config: RunConfig, runs_dir: Path) -> RunConfig:
    """Return `config` with absolute paths, valid in any folder. Hub names and paths under `~` stay."""
    sources = {
        split: without_home(absolute(source))
        for split in ("train", "validation", "test")
        if (source := getattr(config.data, split))
    }
    folders = {
        key: without_home(str(Path(name).absolute()))
        for key in ("name", "tokenizer")
        if (name := getattr(config.model, key))
        and name not in (MINILM, *FROM_SCRATCH)
        and Path(name).is_dir()
    }
    return config.model_copy(
        update={
            "data": config.data.model_copy(update=sources),
            "model": config.model.model_copy(update=folders),
            "output": config.output.model_copy(update={"runs_dir": without_home(str(runs_dir))}),
        }
    )
