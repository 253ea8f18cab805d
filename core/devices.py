"""Which device computes, and in which precision."""

import os
from dataclasses import dataclass

from core.problems import Problem


def choose_visible_gpu(device: str) -> None:
    """Let this process see one GPU only; call it before torch is imported. `device` is RunConfig's.

    One process drives one device: with several in sight the Trainer would split batches between them.
    """
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    visible = seen.split(",") if seen else None
    index = int(device.removeprefix("cuda:")) if device.startswith("cuda:") else 0
    if device == "cpu" or seen == "":
        return
    if visible is None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(index)
    elif index < len(visible):
        os.environ["CUDA_VISIBLE_DEVICES"] = visible[index]
    else:
        raise Problem(
            f"there are only {len(visible)} visible GPUs (CUDA_VISIBLE_DEVICES={seen})", where=device
        )


@dataclass(frozen=True)
class Device:
    """The device of a run. `kind` is cpu or cuda; `bf16`: autocast to bfloat16, weights stay fp32."""

    kind: str
    name: str
    bf16: bool

    @property
    def precision(self) -> str:
        """bf16 or fp32."""
        return "bf16" if self.bf16 else "fp32"


def choose_device(device: str, precision: str) -> Device:
    """The device and precision for RunConfig's `device` and `precision`.

    Raises:
        Problem: CUDA is asked for and there is none.
    """
    import torch

    has_cuda = device != "cpu" and torch.cuda.is_available()
    if device.startswith("cuda") and not has_cuda:
        raise Problem(
            "no CUDA device can be used here", where=f"--device {device}", mend="Use --device auto or cpu."
        )
    if has_cuda:
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        name = torch.cuda.get_device_name(0)
    else:
        able = torch.cpu.get_capabilities()
        native = bool(able.get("avx512_bf16") or able.get("amx_bf16"))
        name = str(able.get("cpu_name") or "CPU")
    bf16 = precision == "bf16" or (precision == "auto" and native)
    return Device("cuda" if has_cuda else "cpu", name, bf16)


def allow_tf32(device: Device) -> None:
    """Let a GPU multiply fp32 matrices in TF32, several times as quick and rounded to ten bits."""
    if device.kind == "cuda":
        import torch

        torch.set_float32_matmul_precision("high")
