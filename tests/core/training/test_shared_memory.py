"""Files staged in shared memory: a reader sees no difference to files written by safetensors."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load, save_file

from core.runs.checkpoints import StagedFile
from core.training.shared_memory import SharedMemory

TYPES = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
]
tensors = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.tuples(st.sampled_from(TYPES), st.lists(st.integers(0, 4), max_size=3)),
    max_size=8,
)


@pytest.fixture
def memory() -> Iterator[SharedMemory]:
    made = SharedMemory()
    yield made
    made.close()


def content(memory: SharedMemory, file: StagedFile) -> bytes:
    return file.prefix + os.pread(memory.fd, file.size, file.offset)


def make_tensors(kinds: dict[str, Any], seed: int = 0) -> dict[str, torch.Tensor]:
    numbers = torch.Generator().manual_seed(seed)
    return {
        name: torch.randint(0, 200, shape, generator=numbers).to(dtype)
        for name, (dtype, shape) in kinds.items()
    }


def assert_same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert (found[name].dtype, found[name].shape) == (tensor.dtype, tensor.shape)
        assert torch.equal(found[name], tensor)


@settings(max_examples=60)
@given(first=tensors, second=tensors)
def test_tensors_of_any_type_and_shape_come_back(first: dict[str, Any], second: dict[str, Any]) -> None:
    memory = SharedMemory()
    try:
        given_files = [make_tensors(first), make_tensors(second, seed=1)]
        staged = [memory.stage(str(at), each, {"at": str(at)}) for at, each in enumerate(given_files)]
        for file, expected in zip(staged, given_files, strict=True):
            assert_same(load(content(memory, file)), expected)
    finally:
        memory.close()


def test_a_staged_file_equals_one_written_by_safetensors(memory: SharedMemory, tmp_path: Path) -> None:
    """Readers find the same names, types, shapes, values and metadata in both files."""
    given_tensors = make_tensors({f"{dtype}": (dtype, [3, 5]) for dtype in TYPES})
    given_tensors |= {"none": torch.zeros(0, 4), "scalar": torch.tensor(2.5), "name é": torch.ones(1)}
    metadata = {"format": "pt", "text": 'with "quotes" and é'}
    save_file(given_tensors, tmp_path / "theirs.safetensors", metadata)
    staged = memory.stage("ours.safetensors", given_tensors, metadata)
    (tmp_path / staged.name).write_bytes(content(memory, staged))
    ours, theirs = (safe_open(tmp_path / f"{name}.safetensors", "pt") for name in ("ours", "theirs"))
    with ours, theirs:
        assert ours.metadata() == theirs.metadata() == metadata
        assert sorted(ours.keys()) == sorted(theirs.keys()) == sorted(given_tensors)
        for name, tensor in given_tensors.items():
            for file in (ours, theirs):
                assert torch.equal(file.get_tensor(name), tensor)
                assert file.get_tensor(name).dtype == tensor.dtype


def test_tensors_are_aligned(memory: SharedMemory) -> None:
    """Readers may map the file, so each tensor starts at a multiple of its element size."""
    given_tensors = make_tensors({f"{dtype}": (dtype, [3, 3, 3]) for dtype in reversed(TYPES)})
    file = memory.stage("file", given_tensors, {})
    assert len(file.prefix) % 8 == 0
    header = json.loads(file.prefix[8:])
    for name, tensor in given_tensors.items():
        assert header[name]["data_offsets"][0] % tensor.element_size() == 0


def test_tensors_that_are_not_contiguous_come_back(memory: SharedMemory) -> None:
    given_tensors = {"turned": torch.arange(12.0).view(3, 4).t(), "every other": torch.arange(10)[::2]}
    file = memory.stage("file", given_tensors, {})
    assert_same(load(content(memory, file)), given_tensors)


def test_a_staged_tensor_does_not_follow_later_changes(memory: SharedMemory) -> None:
    weight = torch.nn.Parameter(torch.ones(5))
    file = memory.stage("file", {"weight": weight}, {})
    with torch.no_grad():
        weight.zero_()
    assert load(content(memory, file))["weight"].tolist() == [1] * 5


def test_cleared_memory_is_reused(memory: SharedMemory) -> None:
    sizes = []
    for number in range(3):
        memory.clear()
        first = memory.stage("a", {"x": torch.full((1000,), number)}, {})
        second = memory.stage("b", {"y": torch.full((77,), -number)}, {})
        assert load(content(memory, first))["x"].unique().tolist() == [number]
        assert load(content(memory, second))["y"].unique().tolist() == [-number]
        sizes.append(os.fstat(memory.fd).st_size)
    assert len(set(sizes)) == 1
