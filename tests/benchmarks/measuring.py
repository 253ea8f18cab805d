"""Measurement for the benchmarks: fresh processes in turn, their peak memory, and the machine."""

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
# Interval between two readings of a process: at most this long, at first this fraction of its age.
_LOOK_SECONDS, _LOOK_SHARE = 0.25, 0.1
_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB", re.MULTILINE)


class Failed(Exception):
    """A measured program failed."""


@dataclass(frozen=True)
class Finished:
    """The output and the cost of a finished process."""

    output: str
    seconds: float
    peak_mib: int
    """Peak memory of a single process, among this one and those it started."""
    gpu_mib: int | None
    """Peak memory on the first GPU beyond what was in use before."""


class PeakMemory:
    """Watches a process and those it starts; the kernel reports the peak of each.

    It is read repeatedly, not once at the end: a process can reset its peak.
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
    """Peak memory of a process so far; 0 once it has ended."""
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) // 1024 if found else 0


def _device() -> Callable[[], int] | None:
    """A function that returns the MiB in use on the first GPU; None without a GPU."""
    import pynvml

    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        pynvml.nvmlDeviceGetMemoryInfo(handle)
    except pynvml.NVMLError:
        return None
    return lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).used) // MIB


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Finished:
    """Run a program to its end; `environment` is added to that of this process.

    Raises:
        Failed: its exit code is not 0; the message has the end of its output.
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
        process.kill()  # it still runs only if this process was interrupted
    seconds = time.perf_counter() - began
    if process.returncode:
        words = (errors.strip() or output.strip())[-2000:]
        raise Failed(f"{Path(command[0]).name} {command[1]} ended with {process.returncode}:\n{words}")
    return Finished(output, seconds, peak.mib, peak.gpu_mib)


def in_turn(tasks: Mapping[str, Callable[[], T]], repeats: int) -> Iterator[tuple[str, T]]:
    """Run all tasks in turn, `repeats` times, so that changes of the machine over time affect all alike."""
    for _ in range(repeats):
        for name, task in tasks.items():
            yield name, task()


def median(values: Sequence[float | None]) -> float | None:
    """The median of the measured values; None if there are none."""
    found = [value for value in values if value is not None]
    return statistics.median(found) if found else None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is at least as large as a fraction `share` of `values`."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> dict[str, Any]:
    """The properties of the machine that determine speed."""
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
