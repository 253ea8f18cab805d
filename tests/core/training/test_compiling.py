"""torch.compile of layers: where it is worth it, and that it changes no figure."""

import shutil

import numpy as np
import pytest
import torch
from tiny_models import PAD, rows_of, tiny

from core.encoding.tokens import of_rows
from core.models.logits import compute_logits
from core.models.padding_free import choose_layout
from core.training.compiling import compile_layers, is_worth_it


@pytest.mark.parametrize(
    ("choice", "device", "steps", "expected"),
    [
        ("auto", "cuda", 10**6, True),
        ("auto", "cuda", 100, False),
        ("on", "cuda", 100, True),
        ("off", "cuda", 10**6, False),
        ("auto", "cpu", 10**6, False),
        ("on", "cpu", 10**6, False),
    ],
)
def test_only_on_a_gpu_and_for_long_runs(choice: str, device: str, steps: int, expected: bool) -> None:
    assert is_worth_it(choice, device, steps) == expected


@pytest.mark.skipif(not any(map(shutil.which, ("g++", "clang++"))), reason="there is no C++ compiler")
def test_logits_stay_the_same() -> None:
    model, rows = tiny("bert"), rows_of([9, 9])
    layout, reason = choose_layout(model, PAD, rows_of(), bf16=False)
    assert reason == ""
    expected = compute_logits(model, layout, of_rows(rows), bf16=False)
    compile_layers(model)
    compiled = [layer._compiled_call_impl is not None for layer in model.base_model.encoder.layer]
    assert compiled == [True, False]
    found = compute_logits(model, layout, of_rows(rows), bf16=False)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    torch.compiler.reset()
