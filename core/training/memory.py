"""How much memory there is on a device, and how much of it some work takes at most."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import psutil
import torch

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_CGROUP = Path("/sys/fs/cgroup")


def free_bytes(device: torch.device) -> int:
    """Memory that this process can still have there, as far as it can be known."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + kept)
    return min(int(psutil.virtual_memory().available), _cgroup_free())


def peak_bytes(device: torch.device, work: Callable[[], None]) -> int:
    """Do `work` and say how much more memory it took, at its peak, than was taken before."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        work()
        return int(torch.cuda.max_memory_allocated(device) - before)
    with contextlib.suppress(OSError):
        _CLEAR.write_text("5")  # makes the peak begin anew
    resident = _status("VmRSS")
    work()
    return max(0, _status("VmHWM") - resident)


def _status(field: str) -> int:
    """A field of the kernel's record of this process, in bytes; 0 where there is no such record."""
    try:
        found = re.search(rf"^{field}:\s*(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def _cgroup_free() -> int:
    """What the control group leaves, in which a container or a job of a scheduler runs."""
    try:
        limit, taken = (int((_CGROUP / f"memory.{name}").read_text()) for name in ("max", "current"))
        # Pages of files that nobody uses just now are given back when memory is asked for.
        _, _, rest = (_CGROUP / "memory.stat").read_text().partition("inactive_file ")
        return limit - taken + int(rest.split()[0])
    except (OSError, ValueError, IndexError):
        return 1 << 62
