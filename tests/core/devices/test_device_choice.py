"""In which precision a device multiplies."""

from collections.abc import Iterator

import pytest
import torch

from core.devices import Device, allow_tf32, choose_device


@pytest.fixture(autouse=True)
def _precision_as_before() -> Iterator[None]:
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


def test_a_gpu_that_computes_in_fp32_multiplies_in_tf32() -> None:
    allow_tf32(Device("cuda", "a GPU", bf16=False))
    assert torch.get_float32_matmul_precision() == "high"


def test_a_cpu_multiplies_in_full_precision() -> None:
    allow_tf32(choose_device("cpu", "fp32"))
    assert torch.get_float32_matmul_precision() == "highest"
