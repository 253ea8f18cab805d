"""Choose the device and its precision. Nothing here imports torch before it is needed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.problems import Problem

if TYPE_CHECKING:
    import torch


def choose_visible_gpu(device: str) -> str:
    """Limit this process to one GPU through CUDA_VISIBLE_DEVICES. Call it before torch is imported.

    Only for a process that does nothing else: it then needs no memory of other GPUs, and libraries that find
    several GPUs split batches between them.

    Args:
        device: `training.device` of the configuration: auto, cpu, cuda or cuda:N.

    Returns:
        The device to use from now on. `cuda:N` has become the only GPU, `cuda`.

    Raises:
        Problem: there is no visible GPU of that number.
    """
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if device == "cpu" or seen == "":
        return device
    visible = seen.split(",") if seen else None
    index = int(device.removeprefix("cuda:")) if device.startswith("cuda:") else 0
    if visible is None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(index)
    elif index < len(visible):
        os.environ["CUDA_VISIBLE_DEVICES"] = visible[index]
    else:
        raise Problem(
            f"there are only {len(visible)} visible GPUs (CUDA_VISIBLE_DEVICES={seen})", where=device
        )
    return "cuda" if device.startswith("cuda:") else device


@dataclass(frozen=True)
class Device:
    """The device of a run or of a classifier.

    Attributes:
        kind: cpu or cuda.
        name: of the processor or GPU.
        bf16: whether autocast computes in bfloat16; weights stay in fp32.
        index: number of the GPU among the visible ones, 0 on a CPU.
    """

    kind: str
    name: str
    bf16: bool
    index: int = 0

    @property
    def precision(self) -> str:
        """bf16 or fp32."""
        return "bf16" if self.bf16 else "fp32"

    @property
    def place(self) -> torch.device:
        """Where tensors go."""
        import torch

        return torch.device("cuda", self.index) if self.kind == "cuda" else torch.device("cpu")


def choose_device(device: str, precision: str) -> Device:
    """Choose the device and its precision.

    Args:
        device: `training.device` of the configuration: auto, cpu, cuda, or cuda:N for one of the visible
            GPUs. Without a number it is the first.
        precision: `training.precision`: auto, fp32 or bf16. `auto` is bf16 where the hardware supports it.

    Raises:
        Problem: CUDA is requested and not available, or there is no GPU of that number.
    """
    import torch

    has_cuda = device != "cpu" and torch.cuda.is_available()
    if device.startswith("cuda") and not has_cuda:
        raise Problem(
            "no CUDA device can be used here", where=f"--device {device}", mend="Use --device auto or cpu."
        )
    index = int(device.removeprefix("cuda:")) if device.startswith("cuda:") else 0
    if has_cuda:
        if index >= (count := torch.cuda.device_count()):
            raise Problem(
                f"there {'is only one GPU' if count == 1 else f'are only {count} GPUs'} here",
                where=f"--device {device}",
                mend=f"The last one is cuda:{count - 1}.",
            )
        with torch.cuda.device(index):
            native = torch.cuda.is_bf16_supported(including_emulation=False)
        name = torch.cuda.get_device_name(index)
    else:
        able = torch.cpu.get_capabilities()
        native = bool(able.get("avx512_bf16") or able.get("amx_bf16"))
        name = str(able.get("cpu_name") or "CPU")
    bf16 = precision == "bf16" or (precision == "auto" and native)
    return Device("cuda" if has_cuda else "cpu", name, bf16, index)


@contextlib.contextmanager
def as_current(device: Device) -> Iterator[None]:
    """Make `device` the current GPU, on whose streams events are recorded and kernels run by default."""
    if device.kind != "cuda":
        yield
        return
    import torch

    with torch.cuda.device(device.index):
        yield


def allow_tf32(device: Device) -> None:
    """Let a GPU multiply fp32 matrices in TF32: several times faster, with a mantissa of ten bits."""
    if device.kind == "cuda":
        import torch

        torch.set_float32_matmul_precision("high")
