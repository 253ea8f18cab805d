"""Figures of the machine: processor, memory, NVIDIA GPUs."""

import contextlib
import socket
from typing import Any, NamedTuple, Protocol

from core.runs.history import History


class Gpu(NamedTuple):
    """One NVIDIA GPU; unknown figures are None. Bytes, degrees Celsius, watts."""

    name: str
    utilisation: float | None
    """0 to 1."""
    memory_used: int
    memory_total: int
    temperature: float | None
    power: float | None


class DeviceFigures(NamedTuple):
    """Load of the machine. Shares are 0 to 1, memory is in bytes."""

    cpu: float
    cores: int
    memory_used: int
    memory_total: int
    trainer_cpu: float | None = None
    """In cores; None when the trainer is not on this machine or has ended."""
    trainer_memory: int | None = None
    gpus: tuple[Gpu, ...] = ()


class Probe(Protocol):
    """A source of device figures."""

    def read(self, trainer: int | None) -> DeviceFigures:
        """Return the current figures; `trainer` is its process id if it runs on this machine."""


def trainer_pid(history: History, *, is_alive: bool) -> int | None:
    """Process id of the trainer if it runs on this machine."""
    started = history.started
    return started.pid if started and is_alive and started.host == socket.gethostname() else None


class MachineProbe:
    """Reads this machine through psutil and NVML. Slow at first: use it in a thread."""

    def __init__(self) -> None:
        self._nvml: Any = None
        self._tried_nvml = False
        self._processes: dict[int, Any] = {}

    def read(self, trainer: int | None) -> DeviceFigures:
        """Return the current figures, processor shares since the last call."""
        import psutil

        memory = psutil.virtual_memory()
        cpu, used = self._read_trainer(trainer) if trainer else (None, None)
        return DeviceFigures(
            cpu=psutil.cpu_percent() / 100,
            cores=psutil.cpu_count() or 1,
            memory_used=memory.total - memory.available,
            memory_total=memory.total,
            trainer_cpu=cpu,
            trainer_memory=used,
            gpus=self._read_gpus({trainer, *self._processes} if trainer else set()),
        )

    def _read_trainer(self, pid: int) -> tuple[float | None, int | None]:
        """Processor use in cores and resident memory in bytes of the trainer and its children."""
        import psutil

        try:
            root = self._processes.get(pid) or psutil.Process(pid)
            tree = {root.pid: root, **{child.pid: child for child in root.children(recursive=True)}}
        except psutil.Error:
            return None, None
        # psutil measures a share between two calls on the same object.
        self._processes = {number: self._processes.get(number, process) for number, process in tree.items()}
        cpu, memory = 0.0, 0
        for process in self._processes.values():
            with contextlib.suppress(psutil.Error):
                cpu += process.cpu_percent() / 100
                memory += process.memory_info().rss
        return cpu, memory

    def _read_gpus(self, trainer: set[int]) -> tuple[Gpu, ...]:
        """The GPUs used by the processes of the trainer; all GPUs if that is unknown."""
        nvml = self._start_nvml()
        if nvml is None:
            return ()
        gpus, ours = [], []
        # Skip a GPU that fails while it is read.
        with contextlib.suppress(nvml.NVMLError):
            for index in range(nvml.nvmlDeviceGetCount()):
                handle = nvml.nvmlDeviceGetHandleByIndex(index)
                gpus.append(_read_gpu(nvml, handle))
                if trainer & _processes_on(nvml, handle):
                    ours.append(gpus[-1])
        return tuple(ours or gpus)

    def _start_nvml(self) -> Any:
        if not self._tried_nvml:
            self._tried_nvml = True
            import pynvml

            # Without a driver the machine is shown without GPUs.
            with contextlib.suppress(pynvml.NVMLError):
                pynvml.nvmlInit()
                self._nvml = pynvml
        return self._nvml


def _processes_on(nvml: Any, handle: Any) -> set[int]:
    """Ids of the processes that use a GPU; in a container, those of the host or none."""
    with contextlib.suppress(nvml.NVMLError):
        return {process.pid for process in nvml.nvmlDeviceGetComputeRunningProcesses(handle)}
    return set()


def _read_gpu(nvml: Any, handle: Any) -> Gpu:
    utilisation = temperature = power = None
    with contextlib.suppress(nvml.NVMLError):
        utilisation = nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
    with contextlib.suppress(nvml.NVMLError):
        temperature = float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
    with contextlib.suppress(nvml.NVMLError):
        power = nvml.nvmlDeviceGetPowerUsage(handle) / 1000
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    name = nvml.nvmlDeviceGetName(handle)
    return Gpu(
        name.decode() if isinstance(name, bytes) else name,
        utilisation,
        int(memory.used),
        int(memory.total),
        temperature,
        power,
    )
