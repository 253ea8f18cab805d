"""Checks before training: disk space, memory, and whether the data of a resumed run are still the same."""

import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path

import msgspec
import torch

from core.data.splits import DataSplits
from core.devices.memory import free_bytes
from core.files import durable
from core.problems import Problem
from core.runs.directory import RunDirectory
from core.runs.plan import Plan
from core.runs.records import Environment

CHECKPOINT_BYTES = 12
"""Of each parameter: the weight and the two moments of AdamW, four bytes each."""
_WEIGHT_BYTES = 4
# The best, the last, and the one that is being written.
_CHECKPOINTS = 3
# Of each text and label while an evaluation is judged: logits, and copies of them in double precision.
_OUTPUT_BYTES = 48
_PACKAGES = ("bertcls-tui", "torch", "transformers", "tokenizers", "accelerate", "numpy")


def check_disk(runs_dir: Path, parameters: int, kept_bytes: int) -> int:
    """Return the free bytes where the run will be kept.

    Args:
        runs_dir: the folder of all runs.
        parameters: of the model.
        kept_bytes: size of the checkpoints that a resumed run already has.

    Raises:
        Problem: the checkpoints do not fit.
    """
    folder = runs_dir.expanduser().absolute()
    while not folder.exists():
        folder = folder.parent
    free = min(shutil.disk_usage(folder).free, sys.maxsize)  # some network disks report more
    needed = parameters * (_CHECKPOINTS * CHECKPOINT_BYTES + _WEIGHT_BYTES) - kept_bytes
    if free < needed:
        raise Problem(
            f"{_gigabytes(needed)} needed (for the best and the last checkpoint, the one being written and "
            f"the finished model), {_gigabytes(free)} free",
            where=str(runs_dir),
            mend="Free disk space, or choose another --runs-dir.",
        )
    return free


def check_memory(splits: DataSplits) -> None:
    """Check that the host's memory holds the output of an evaluation, for every text and label.

    Raises:
        Problem: it does not.
    """
    largest = max((split for split in splits.present if split.name != "train"), key=len)
    needed, free = len(largest) * len(splits.labels) * _OUTPUT_BYTES, free_bytes(torch.device("cpu"))
    if free < needed:
        raise Problem(
            f"{_gigabytes(needed)} of memory needed (to evaluate {len(largest):,} texts with "
            f"{len(splits.labels):,} labels), {_gigabytes(free)} free",
            where=largest.source,
            mend="Merge labels that have few texts, or evaluate on fewer texts.",
        )


def record_environment(run: RunDirectory, plan: Plan, device_name: str, data_sha256: str) -> None:
    """Write environment.json when a run starts; when it resumes, check that its data are the same.

    Args:
        run: the run.
        plan: of the run.
        device_name: of the device that trains.
        data_sha256: fingerprint of all splits.

    Raises:
        Problem: the data have changed since the run began.
    """
    if run.environment.exists():
        before = msgspec.json.decode(run.environment.read_bytes(), type=Environment)
        if before.data_sha256 != data_sha256:
            raise Problem(
                "the data have changed since this run began",
                where=", ".join(split.source for split in plan.splits),
                mend="Restore the old data, or start a new run with `bertcls-tui train --config "
                f"{run.config}`.",
            )
        return
    found = Environment(
        versions={"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES},
        device=device_name,
        precision=plan.precision,
        seed=plan.seed,
        data_sha256=data_sha256,
        rows={split.name: split.rows for split in plan.splits},
        columns={"text": plan.text_column, "label": plan.label_column},
    )
    durable.write_whole(run.environment, msgspec.json.format(msgspec.json.encode(found)))


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
