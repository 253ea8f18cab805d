"""The memory of a device, given to others while a run is paused, and taken back."""

import torch
from torch import nn


def release(model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device) -> int:
    """Move weights and the state of the optimizer to the host; return the bytes that the device got back."""
    if device.type != "cuda":
        return 0
    before = torch.cuda.memory_reserved(device)
    move(model, optimizer, torch.device("cpu"))
    torch.cuda.empty_cache()
    return before - torch.cuda.memory_reserved(device)


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
