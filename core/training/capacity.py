"""What the machine must have room for, found out before training: checkpoints, and what evaluations say."""

import shutil
import sys
from pathlib import Path

import torch

from core.data.splits import DataSplits
from core.devices.memory import free_bytes
from core.problems import Problem

CHECKPOINT_BYTES = 12
"""A parameter: the weight and the two moments of AdamW, four bytes each."""
_WEIGHT_BYTES = 4
# The best, the last, and the one that is being written.
_CHECKPOINTS = 3
# Of each text and label, while an evaluation is judged: logits, and what double precision makes of them.
_OUTPUT_BYTES = 48


def check_disk(runs_dir: Path, parameters: int, kept_bytes: int) -> int:
    """Free bytes where the run will be kept.

    Args:
        runs_dir: the folder of all runs.
        parameters: of the model.
        kept_bytes: size of the checkpoints that a resumed run has on the disk already.

    Raises:
        Problem: there is no room for the checkpoints.
    """
    folder = runs_dir.expanduser().absolute()
    while not folder.exists():
        folder = folder.parent
    free = min(shutil.disk_usage(folder).free, sys.maxsize)  # some network disks know no end
    needed = parameters * (_CHECKPOINTS * CHECKPOINT_BYTES + _WEIGHT_BYTES) - kept_bytes
    if free < needed:
        raise Problem(
            f"{_gigabytes(free)} are free, and {_gigabytes(needed)} are needed for the best and the last "
            "checkpoint, the one being written and the finished model",
            where=str(runs_dir),
            mend="Make room, or choose another --runs-dir.",
        )
    return free


def check_memory(splits: DataSplits) -> None:
    """Make sure that the host can hold what an evaluation says of every text and label.

    Raises:
        Problem: it cannot.
    """
    largest = max((split for split in splits.present if split.name != "train"), key=len)
    needed, free = len(largest) * len(splits.labels) * _OUTPUT_BYTES, free_bytes(torch.device("cpu"))
    if free < needed:
        raise Problem(
            f"to evaluate {len(largest):,} texts with {len(splits.labels):,} labels takes "
            f"{_gigabytes(needed)} of memory, and {_gigabytes(free)} are free",
            where=largest.source,
            mend="Merge labels that have few texts, or evaluate on fewer texts.",
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
