"""How the benchmarks measure: fresh processes in turn, the memory they took, the machine they ran on."""

import contextlib
import os
import platform
import re
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil

T = TypeVar("T")
MIB = 1 << 20
# Between two looks at a process: at most so long, and at first a share of how long it has lived.
_LOOK_SECONDS, _LOOK_SHARE = 0.25, 0.1
_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB", re.MULTILINE)


class Failed(Exception):
    """A program that was to be measured did not do its work."""


@dataclass(frozen=True)
class Finished:
    """What a process printed, and what it cost."""

    output: str
    seconds: float
    peak_mib: int
    """Most memory of one process, of this one and those it started."""
    gpu_mib: int | None
    """Most memory that was in use on the first GPU beside what was before."""


class PeakMemory:
    """Watches a process and those it starts; the peak of each is what the kernel says of it.

    It is looked at again and again and not once at the end: a process may have its peak begin anew.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._device = _device()
        self._before = self._device() if self._device else 0
        self.mib = 0
        self.gpu_mib: int | None = None

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        began = time.perf_counter()
        while not self._over.wait(min(_LOOK_SECONDS, 0.01 + _LOOK_SHARE * (time.perf_counter() - began))):
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(self._pid)
                for each in (process, *process.children(recursive=True)):
                    self.mib = max(self.mib, peak_mib(each.pid))
            if self._device is not None:
                self.gpu_mib = max(self.gpu_mib or 0, self._device() - self._before)


def peak_mib(pid: int) -> int:
    """Most memory that a process took so far; 0 when it has ended."""
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) // 1024 if found else 0


def _device() -> Callable[[], int] | None:
    """Says how many MiB are in use on the first GPU; None where there is no GPU."""
    import pynvml

    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        pynvml.nvmlDeviceGetMemoryInfo(handle)
    except pynvml.NVMLError:
        return None
    return lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).used) // MIB


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Finished:
    """Run a program to its end, with variables on top of those of this process.

    Raises:
        Failed: its exit code is not 0; its last words are told.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env=os.environ | dict(environment or {}),
    )
    try:
        with PeakMemory(process.pid) as peak:
            output, errors = process.communicate()
    finally:
        process.kill()  # only where this process is interrupted does it still live
    seconds = time.perf_counter() - began
    if process.returncode:
        words = (errors.strip() or output.strip())[-2000:]
        raise Failed(f"{Path(command[0]).name} {command[1]} ended with {process.returncode}:\n{words}")
    return Finished(output, seconds, peak.mib, peak.gpu_mib)


def in_turn(tasks: Mapping[str, Callable[[], T]], repeats: int) -> Iterator[tuple[str, T]]:
    """Do all tasks one after the other, then all of them again: what changes with time meets all of them."""
    for _ in range(repeats):
        for name, task in tasks.items():
            yield name, task()


def median(values: Sequence[float | None]) -> float | None:
    """The median of what was measured; None where nothing was."""
    found = [value for value in values if value is not None]
    return statistics.median(found) if found else None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is at least as large as so many of `values`."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> dict[str, Any]:
    """The machine, as far as it decides on speed."""
    import torch

    able = torch.cpu.get_capabilities()
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "avx512": bool(able.get("avx512_f") or able.get("avx512")),
        "bf16": bool(able.get("avx512_bf16") or able.get("amx_bf16")),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "gpu": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torch_threads": torch.get_num_threads(),
        "transformers": metadata.version("transformers"),
    }


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()
