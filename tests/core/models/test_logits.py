"""compute_logits: the logits of each text alone, in the order of the texts."""

import numpy as np
import pytest
import torch
from tiny_models import LONGEST, PAD, rows_of, tiny

from core.encoding.tokens import of_rows
from core.models import logits
from core.models.logits import compute_logits
from core.models.packed.layouts import Layout, Padded
from core.models.padding_free import choose_layout

LENGTHS = np.random.default_rng(1).integers(1, LONGEST, 40).tolist()


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("budget", [1, 100, 1000, 100_000])
def test_logits_equal_those_of_each_text_alone(
    packed: bool, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, rows = tiny("bert"), rows_of(LENGTHS)
    with torch.inference_mode():
        alone = [model(torch.from_numpy(row.astype(np.int64))[None]).logits[0].tolist() for row in rows]
    layout: Layout = Padded(PAD)
    if packed:
        layout, _ = choose_layout(model, PAD, rows_of(), bf16=False)
    monkeypatch.setitem(logits.BUDGETS, "cpu", budget)
    reported: list[int] = []
    found = compute_logits(model, layout, of_rows(rows), bf16=False, on_progress=reported.append)
    assert (found.dtype, found.shape) == (np.float32, (len(rows), 3))
    np.testing.assert_allclose(found, alone, atol=1e-5)
    assert reported == sorted(reported)
    assert reported[-1] == len(rows)
    assert (len(reported) == len(rows)) == (budget == 1)


def test_bfloat16_logits_are_close_to_fp32() -> None:
    model, tokens = tiny("bert"), of_rows(rows_of())
    exact, near = (compute_logits(model, Padded(PAD), tokens, bf16=bf16) for bf16 in (False, True))
    assert near.dtype == np.float32
    assert not np.array_equal(near, exact)
    np.testing.assert_allclose(near, exact, atol=0.1)


def test_no_texts_give_no_logits() -> None:
    found = compute_logits(tiny("bert"), Padded(PAD), of_rows([]), bf16=False)
    assert (found.dtype, found.shape) == (np.float32, (0, 3))
