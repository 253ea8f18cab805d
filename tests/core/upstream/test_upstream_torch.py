"""torch still raises what `core/upstream/torch.py` recognises when memory runs out."""

import subprocess
import sys

import pytest
import torch

from core.upstream.torch import is_allocation_failure


def test_the_allocator_of_the_cpu_is_known_by_its_text() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_allocation_failure(caught.value), (
        f"torch says that the CPU is out of memory with another text: {caught.value}. Change "
        "`_CPU_ALLOCATOR_TEXT`, or training fails where it should use smaller micro-batches"
    )


def test_the_allocator_of_a_gpu_has_an_exception_of_its_own() -> None:
    assert issubclass(torch.OutOfMemoryError, RuntimeError), (
        "torch.OutOfMemoryError is no RuntimeError any more"
    )
    assert is_allocation_failure(torch.OutOfMemoryError("CUDA out of memory"))


def test_other_errors_are_not_taken_for_it() -> None:
    assert not is_allocation_failure(RuntimeError("shapes differ"))
    assert not is_allocation_failure(ValueError("can't allocate memory"))


def test_windows_are_averaged_by_segment_reduce() -> None:
    """Not documented, and without a replacement that differentiates as quickly."""
    means = torch.segment_reduce(
        torch.tensor([[1.0], [3.0], [5.0]]), "mean", lengths=torch.tensor([2, 1]), unsafe=True
    )
    assert means.tolist() == [[2.0], [5.0]], "torch.segment_reduce averages differently: see `logits_of`"


def test_an_error_is_judged_without_loading_torch() -> None:
    program = (
        "import sys; from core.upstream.torch import is_allocation_failure as judge;"
        "print(judge(RuntimeError('allocate memory')), judge(ValueError()), 'torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "False", "False"]
