"""Checks of arguments that Python's types do not enforce."""

import re
from collections.abc import Sequence
from typing import get_args

from core.problems import Problem
from core.runs.checkpoints import Which

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


def check_one_of(name: str, value: object, allowed: Sequence[str]) -> None:
    """Check that an argument has one of the allowed values.

    Raises:
        Problem: it has another value.
    """
    if value not in allowed:
        raise Problem(
            f"{value!r} is not a valid {name}",
            where=name,
            mend=f"Use {' or '.join(repr(each) for each in allowed)}.",
        )


def check_checkpoint(which: object, device: object) -> None:
    """Check the arguments that select a checkpoint and its device.

    Raises:
        Problem: one of them is invalid.
    """
    check_one_of("which", which, get_args(Which))
    if not isinstance(device, str) or not _DEVICE.fullmatch(device):
        raise Problem(
            f"{device!r} is not a valid device",
            where="device",
            mend="Use 'auto', 'cpu', 'cuda' or 'cuda:N'.",
        )
