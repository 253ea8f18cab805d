"""How libraries say that memory ran out, on a device or in the host."""

import gc

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """On the CPU the allocator's error has no class of its own."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "allocate memory" in str(error)
    )


def free_what_is_kept() -> None:
    """Let go of what nobody needs any more; after an error, to be called when that is gone."""
    gc.collect()
    torch.cuda.empty_cache()  # nothing where no GPU is in use
