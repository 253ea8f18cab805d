"""Fast dropout on the CPU behaves like the dropout of torch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import tiny
from torch import nn

from core.models.training_layers import FastDropout, use_fast_dropout


@given(p=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
def test_dropout_zeroes_the_requested_share_and_keeps_the_mean(p: float, seed: int) -> None:
    torch.manual_seed(seed)
    dropped = FastDropout(p)(torch.ones(100_000))
    share = float((dropped == 0).double().mean())
    # Six standard deviations, plus the rounding of p.
    assert abs(share - p) <= 6 * (p * (1 - p) / 100_000) ** 0.5 + 2e-5
    kept = dropped[dropped != 0]
    assert torch.allclose(kept * (1 - p), torch.ones_like(kept), rtol=1e-4, atol=1e-5 / max(1 - p, 1e-9))


@pytest.mark.parametrize("elements", range(9))
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_size_and_dtype_of_tensors_are_kept(elements: int, dtype: torch.dtype) -> None:
    dropped = FastDropout(0.5)(torch.ones(2, elements, dtype=dtype))
    assert (dropped.shape, dropped.dtype) == ((2, elements), dtype)
    assert set(dropped.flatten().tolist()) <= {0.0, 2.0}


def test_adjacent_elements_are_dropped_independently() -> None:
    torch.manual_seed(0)
    zeros = (FastDropout(0.5)(torch.ones(400_000)) == 0).double()
    for distance in range(1, 9):
        both = float((zeros[:-distance] * zeros[distance:]).mean())
        assert both == pytest.approx(0.25, abs=0.005)


def test_the_gradient_is_zero_where_the_element_is_dropped() -> None:
    states = torch.ones(1000, requires_grad=True)
    dropped = FastDropout(0.3)(states)
    dropped.sum().backward()
    assert torch.equal(states.grad, dropped.detach())


def test_equal_seeds_drop_equal_elements() -> None:
    dropout, states = FastDropout(0.1), torch.ones(5000)
    torch.manual_seed(7)
    first, second = dropout(states), dropout(states)
    torch.manual_seed(7)
    assert torch.equal(dropout(states), first)
    assert not torch.equal(first, second)


def test_nothing_is_dropped_in_eval_mode() -> None:
    states = torch.ones(1000)
    assert torch.equal(FastDropout(0.9).eval()(states), states)


@pytest.mark.parametrize("kind", ["bert", "distilbert", "modernbert"])
def test_every_dropout_of_a_model_is_replaced_and_it_still_learns(kind: str) -> None:
    model = tiny(kind)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.1
    use_fast_dropout(model)
    assert {type(module) for module in model.modules() if isinstance(module, nn.Dropout)} == {FastDropout}
    ids = torch.arange(2, 20)[None]
    model.eval()
    assert torch.equal(model(ids).logits, model(ids).logits)
    model.train()
    first, second = model(ids, labels=torch.tensor([1])), model(ids, labels=torch.tensor([1]))
    assert not torch.equal(first.logits, second.logits)
    first.loss.backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
