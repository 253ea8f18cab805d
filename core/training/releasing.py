"""The memory of a device, given to others while a run is paused, and taken back."""

import torch
from torch import nn

from core.devices.memory import free_unused_memory


def release(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Move weights and the state of the optimizer to the host; others can have what the device held."""
    move(model, optimizer, torch.device("cpu"))
    free_unused_memory()


def move(model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """Have everything that training changes on `device`.

    Raises:
        torch.OutOfMemoryError: the device has no room for it.
    """
    model.to(device)
    for state in optimizer.state.values():
        for name, value in state.items():
            if isinstance(value, torch.Tensor):
                state[name] = value.to(device)
