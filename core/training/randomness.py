"""The random numbers of torch: kept after each step, and set again when the next one is given up."""

import torch


def random_state(device: torch.device) -> list[torch.Tensor]:
    """Where the generators are: the host's, and the device's where it has one."""
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


def set_random_state(device: torch.device, state: list[torch.Tensor]) -> None:
    """Let the generators go on from there."""
    torch.set_rng_state(state[0])
    for other in state[1:]:
        torch.cuda.set_rng_state(other, device)
