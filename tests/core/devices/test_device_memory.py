"""Free memory, the peak of some work, and errors that say that memory ran out."""

import errno
from pathlib import Path

import psutil
import pytest
import torch

from core.devices import cgroup
from core.devices.memory import free_bytes, is_out_of_memory, peak_bytes

CPU = torch.device("cpu")


def test_the_peak_is_seen_although_the_memory_is_given_back() -> None:
    size = 96 << 20
    assert peak_bytes(CPU, lambda: None) < size // 2
    assert peak_bytes(CPU, lambda: (torch.ones(size // 4), None)[1]) > size * 0.9
    assert peak_bytes(CPU, lambda: None) < size // 2


def test_a_control_group_may_leave_less_than_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "available_bytes", lambda: 1500)
    assert free_bytes(CPU) == 1500


@pytest.mark.parametrize("allowed", [None, 1 << 60])
def test_a_control_group_does_not_add_memory(monkeypatch: pytest.MonkeyPatch, allowed: int | None) -> None:
    monkeypatch.setattr(cgroup, "available_bytes", lambda: allowed)
    assert 2000 < free_bytes(CPU) <= psutil.virtual_memory().total


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_errors_of_memory(error: Exception) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "error", [RuntimeError("shapes differ"), ValueError("allocate memory"), OSError(errno.ENOSPC, "No space")]
)
def test_other_errors(error: Exception) -> None:
    assert not is_out_of_memory(error)


def test_reading_this_process_own_groups_needs_no_special_system() -> None:
    left = cgroup.available_bytes()
    assert left is None or left >= 0
    assert cgroup.available_bytes(Path("/no/such/root")) is None
