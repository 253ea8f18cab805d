"""The rehearsal finds the token budget and refuses runs that cannot work; the model stays unchanged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import Small
from transformers.modeling_utils import PreTrainedModel

from core.data.splits import load_splits
from core.models.loading import load_classifier
from core.models.packed.layouts import Layout, Packed, Padded
from core.models.padding_free import choose_layout
from core.problems import Problem
from core.training.planning import Prepared, prepare
from core.training.rehearsal import find_token_budget

CPU = torch.device("cpu")
PLENTY = 1 << 50

Prepare = Callable[[int], tuple[Prepared, PreTrainedModel]]


@pytest.fixture
def prepared_for(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepare:
    """Prepares a run with the given batch size, on a machine with plenty of memory."""
    monkeypatch.setattr("core.training.rehearsal.free_bytes", lambda device: PLENTY)

    def make(batch_size: int) -> tuple[Prepared, PreTrainedModel]:
        config = small.config(tmp_path, train_batch_size=batch_size)
        prepared = prepare(config, load_splits(config.data, seed=0))
        return prepared, load_classifier(prepared.source, prepared.plan.labels)

    return make


def limit_memory(model: PreTrainedModel, positions: int, error: Exception) -> list[int]:
    """Let micro-batches of more positions fail with `error`; return the sizes tried, filled as they come."""
    tried: list[int] = []

    def count(module: Any, args: Any, options: dict[str, Any]) -> None:
        tried.append(options["input_ids"].numel())
        if tried[-1] > positions:
            raise error

    # Before a packed model shows its head something else.
    model.register_forward_pre_hook(count, prepend=True, with_kwargs=True)
    return tried


FULL = RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory")


@pytest.mark.parametrize("layout", [Padded(0), Packed(0)], ids=["padded", "packed"])
def test_the_rehearsal_leaves_the_model_unchanged(layout: Layout, prepared_for: Prepare) -> None:
    prepared, model = prepared_for(8)
    if layout.is_packed:
        tokens = prepared.encoded["train"].tokens
        layout, _ = choose_layout(model, 0, [tokens[0], tokens[1]], bf16=False)
    model.register_buffer("counted", torch.zeros(3))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    find_token_budget(prepared, model, layout)
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("layout", [Padded(0), Packed(0)], ids=["padded", "packed"])
def test_a_batch_that_fits_is_one_micro_batch(layout: Layout, prepared_for: Prepare) -> None:
    prepared, model = prepared_for(8)
    lengths = sorted(prepared.encoded["train"].tokens.lengths.tolist())
    if layout.is_packed:
        tokens = prepared.encoded["train"].tokens
        layout, _ = choose_layout(model, 0, [tokens[0], tokens[1]], bf16=False)
    tried = limit_memory(model, PLENTY, FULL)
    budget = find_token_budget(prepared, model, layout)
    assert budget == (sum(lengths[-8:]) if layout.is_packed else 8 * lengths[-1])
    assert max(tried) == budget


def test_a_large_batch_is_tried_at_its_full_size(prepared_for: Prepare) -> None:
    prepared, model = prepared_for(64)
    tried = limit_memory(model, PLENTY, FULL)
    assert find_token_budget(prepared, model, Padded(0)) == 64 * 48
    assert tried == [21 * 48, 64 * 48]


@pytest.mark.parametrize(("positions", "budget"), [(2000, 1536), (1536, 1536), (1535, 1024), (1024, 1024)])
@pytest.mark.parametrize("error", [FULL, torch.OutOfMemoryError("CUDA out of memory")])
def test_a_micro_batch_that_does_not_fit_is_halved(
    positions: int, budget: int, error: Exception, prepared_for: Prepare
) -> None:
    prepared, model = prepared_for(64)
    limit_memory(model, positions, error)
    assert find_token_budget(prepared, model, Padded(0)) == budget
    assert all(parameter.grad is None for parameter in model.parameters())


def test_little_memory_gives_a_small_token_budget(
    prepared_for: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, model = prepared_for(64)
    longest = int(prepared.encoded["train"].tokens.lengths.max())
    monkeypatch.setattr("core.training.rehearsal.peak_bytes", lambda device, work: (work(), 1024 * 1000)[1])
    # A checkpoint occupies the same memory while it is written.
    staged = prepared.plan.checkpoint_bytes
    for free, expected in ((staged, longest), (staged + 100_000, 80), (staged + 2_000_000, 1600)):
        monkeypatch.setattr("core.training.rehearsal.free_bytes", lambda device, free=free: free)
        assert find_token_budget(prepared, model, Padded(0)) == expected


def test_a_resumed_run_keeps_its_token_budget(prepared_for: Prepare) -> None:
    prepared, model = prepared_for(8)
    for known in (48, 100, 3000):
        assert find_token_budget(prepared, model, Padded(0), known) == known


def test_a_text_that_does_not_fit_is_a_problem(prepared_for: Prepare) -> None:
    prepared, model = prepared_for(8)
    limit_memory(model, 47, FULL)
    with pytest.raises(
        Problem, match="cpu: a text of 48 tokens does not fit into memory. Lower --max-length"
    ):
        find_token_budget(prepared, model, Padded(0))


def test_weights_that_fill_the_memory_are_a_problem(
    prepared_for: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, model = prepared_for(8)

    def allocate(like: torch.Tensor) -> torch.Tensor:
        raise FULL

    monkeypatch.setattr(torch, "zeros_like", allocate)
    with pytest.raises(Problem, match="does not fit into memory"):
        find_token_budget(prepared, model, Padded(0))


def test_other_errors_are_not_mistaken_for_out_of_memory(prepared_for: Prepare) -> None:
    prepared, model = prepared_for(64)
    limit_memory(model, 1100, RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        find_token_budget(prepared, model, Padded(0))


def test_weights_with_nan_are_refused(prepared_for: Prepare) -> None:
    prepared, model = prepared_for(8)
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    with pytest.raises(Problem, match="NaN or infinite.*--model"):
        find_token_budget(prepared, model, Padded(0))
