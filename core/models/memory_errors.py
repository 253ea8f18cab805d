"""How libraries say that memory ran out, on a device or in the host."""

import gc

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """On the CPU the allocator's error has no class of its own."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "allocate memory" in str(error)
    )


def free_what_is_kept(device: torch.device) -> None:
    """Let go of what was computed in vain; to be called when the error that told of it is gone."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
