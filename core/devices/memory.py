"""Memory of a device: how much is free, how much some work takes, and running out of it.

Nothing here imports torch before it is needed.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from core.devices import cgroup
from core.upstream.torch import is_allocation_failure

if TYPE_CHECKING:
    import torch

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")


def free_bytes(device: torch.device) -> int:
    """Memory that this process can still have on `device`.

    On the host the limit of a container or of a Slurm job counts.
    """
    if device.type == "cuda":
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + cached)
    free = int(psutil.virtual_memory().available)
    allowed = cgroup.available_bytes()
    return free if allowed is None else min(free, allowed)


def peak_bytes(device: torch.device, work: Callable[[], None]) -> int:
    """Run `work` and return the memory that it took at its peak, beyond what was in use before."""
    if device.type == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        work()
        return int(torch.cuda.max_memory_allocated(device) - before)
    with contextlib.suppress(OSError):
        _CLEAR_REFS.write_text("5")  # resets VmHWM
    resident = _status_bytes("VmRSS")
    work()
    return max(0, _status_bytes("VmHWM") - resident)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that a device or the host is out of memory."""
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or is_allocation_failure(error)
    )


def free_unused_memory() -> None:
    """Return unused memory to the device. After an error, call it once the traceback is gone."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()  # does nothing unless CUDA is in use


def _status_bytes(field: str) -> int:
    """A field of /proc/self/status in bytes; 0 where the system has no such file."""
    try:
        found = re.search(rf"^{field}:\s*(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
