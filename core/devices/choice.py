"""Choose the device and its precision. Nothing here imports torch before it is needed."""

import os
from dataclasses import dataclass

from core.problems import Problem


def choose_visible_gpu(device: str) -> None:
    """Limit this process to one GPU through CUDA_VISIBLE_DEVICES. Call it before torch is imported.

    Libraries that find several GPUs split batches between them; a process here drives one device.

    Args:
        device: `training.device` of the configuration: auto, cpu, cuda or cuda:N.

    Raises:
        Problem: there is no visible GPU of that number.
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
    """The device of a run.

    Attributes:
        kind: cpu or cuda.
        name: of the processor or GPU.
        bf16: whether autocast computes in bfloat16; weights stay in fp32.
    """

    kind: str
    name: str
    bf16: bool

    @property
    def precision(self) -> str:
        """bf16 or fp32."""
        return "bf16" if self.bf16 else "fp32"


def choose_device(device: str, precision: str) -> Device:
    """Choose the device and its precision.

    Args:
        device: `training.device` of the configuration: auto, cpu, cuda or cuda:N.
        precision: `training.precision`: auto, fp32 or bf16. `auto` is bf16 where the hardware supports it.

    Raises:
        Problem: CUDA is requested and not available.
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
    """Let a GPU multiply fp32 matrices in TF32: several times faster, with a mantissa of ten bits."""
    if device.kind == "cuda":
        import torch

        torch.set_float32_matmul_precision("high")
