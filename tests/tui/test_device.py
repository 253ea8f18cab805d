"""Figures of the machine, with a stand-in for NVML."""

import os
import sys
from types import SimpleNamespace

import pytest

from tui.following.machine import MachineProbe


class NVMLError(Exception):
    pass


def nvml(processes: dict[int, list[int]]) -> SimpleNamespace:
    """A stand-in for NVML with three GPUs and the compute processes of each."""

    def computing(handle: int) -> list[SimpleNamespace]:
        if handle not in processes:
            raise NVMLError
        return [SimpleNamespace(pid=pid) for pid in processes[handle]]

    return SimpleNamespace(
        NVMLError=NVMLError,
        NVML_TEMPERATURE_GPU=0,
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: 3,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetUtilizationRates=lambda handle: SimpleNamespace(gpu=50),
        nvmlDeviceGetTemperature=lambda handle, kind: 60,
        nvmlDeviceGetPowerUsage=lambda handle: 100_000,
        nvmlDeviceGetMemoryInfo=lambda handle: SimpleNamespace(used=1, total=2),
        nvmlDeviceGetName=lambda handle: f"GPU {handle}",
        nvmlDeviceGetComputeRunningProcesses=computing,
    )


@pytest.mark.parametrize(
    ("processes", "names"),
    [
        ({0: [1], 1: [os.getpid()], 2: []}, ["GPU 1"]),
        ({0: [os.getpid()], 2: [os.getpid(), 1]}, ["GPU 0", "GPU 2"]),
        ({0: [1], 1: [], 2: []}, ["GPU 0", "GPU 1", "GPU 2"]),
        ({}, ["GPU 0", "GPU 1", "GPU 2"]),
    ],
    ids=["one", "two", "unknown", "refused"],
)
def test_only_the_gpus_of_the_trainer_are_shown_if_known(
    monkeypatch: pytest.MonkeyPatch, processes: dict[int, list[int]], names: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml(processes))
    assert [gpu.name for gpu in MachineProbe().read(os.getpid()).gpus] == names


def test_without_a_trainer_all_gpus_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml({0: [1]}))
    assert len(MachineProbe().read(None).gpus) == 3
