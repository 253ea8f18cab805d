"""Compute with fewer threads while another process needs the processor too."""

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def half_the_threads() -> Iterator[None]:
    """Within this PyTorch computes with half of its threads, one at least.

    The threads of an operation wait for the last one. Where a trainer holds the core that it should run on,
    they wait much longer than fewer threads would take.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads // 2))
    try:
        yield
    finally:
        torch.set_num_threads(threads)
