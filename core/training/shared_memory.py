"""Tensors in shared memory, laid out as safetensors files that another process writes."""

import json
import mmap
import os
import tempfile
from typing import Any

import torch

from core.runs.checkpoints import StagedFile

Tensors = dict[str, torch.Tensor]

_TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
_ALIGNMENT = 64


class SharedMemory:
    """Memory that a child process reads by its file descriptor; it grows as needed."""

    def __init__(self) -> None:
        if hasattr(os, "memfd_create"):
            self.fd = os.memfd_create("checkpoint", 0)
        else:
            with tempfile.TemporaryFile() as file:
                self.fd = os.dup(file.fileno())
        self._map: mmap.mmap | None = None
        self._used = 0

    def clear(self) -> None:
        """Forget what was staged; what comes next takes its place."""
        self._used = 0

    def stage(self, name: str, tensors: Tensors, metadata: dict[str, str]) -> StagedFile:
        """Copy tensors of any device; return the safetensors file that they make.

        Args:
            name: of the file.
            tensors: by their names in the file.
            metadata: strings that the file holds besides.
        """
        # The largest type first: then each tensor is aligned for its type without gaps.
        ordered = dict(sorted(tensors.items(), key=lambda item: -item[1].element_size()))
        sizes = {key: tensor.numel() * tensor.element_size() for key, tensor in ordered.items()}
        offset, size = self._used, sum(sizes.values())
        self._reserve(offset + size)
        position = offset
        for key, tensor in ordered.items():
            self._copy(tensor, position, sizes[key])
            position += sizes[key]
        self._used = -(-(offset + size) // _ALIGNMENT) * _ALIGNMENT
        return StagedFile(name, _prefix(ordered, sizes, metadata), offset, size)

    def close(self) -> None:
        """Free the memory."""
        self._map = None
        os.close(self.fd)

    def _reserve(self, size: int) -> None:
        if size > (len(self._map) if self._map is not None else 0):
            os.ftruncate(self.fd, size)
            self._map = mmap.mmap(self.fd, size)

    def _copy(self, tensor: torch.Tensor, position: int, size: int) -> None:
        if not size:
            return
        assert self._map is not None
        place = torch.frombuffer(self._map, dtype=torch.uint8, offset=position, count=size)
        place.view(tensor.dtype).view(tensor.shape).copy_(tensor.detach())


def _prefix(tensors: Tensors, sizes: dict[str, int], metadata: dict[str, str]) -> bytes:
    """Return length and header of a safetensors file: https://huggingface.co/docs/safetensors (format)."""
    header: dict[str, Any] = {"__metadata__": metadata}
    position = 0
    for name, tensor in tensors.items():
        header[name] = {
            "dtype": _TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [position, position + sizes[name]],
        }
        position += sizes[name]
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
