"""torch.compile of layers: used where it saves time, without changing the logits."""

import shutil
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import PAD, rows_of, tiny
from torch import Tensor

from core.encoding.tokens import of_rows
from core.models.logits import compute_logits
from core.models.packed import attention
from core.models.packed.texts import PackedTexts
from core.models.padding_free import choose_layout
from core.training.model_setup import compile_layers, is_compiled
from core.upstream.transformers import layers_of


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
def test_layers_are_compiled_only_on_a_gpu_and_for_long_runs(
    choice: str, device: str, steps: int, expected: bool
) -> None:
    assert is_compiled(choice, device, steps) == expected


def test_a_compiled_layer_takes_any_number_of_texts_of_any_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def kernel(query: Tensor, key: Tensor, value: Tensor, documents: PackedTexts, rule: Any) -> Tensor:
        return query.transpose(0, 1) + 0 * documents.offsets.sum() * documents.longest

    def count(graph: Any, inputs: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    # Stands in for the kernel of a GPU.
    monkeypatch.setattr(attention, "_has_kernel", lambda query, dropout: True)
    monkeypatch.setattr(attention, "_by_kernel", kernel)
    model, graphs = tiny("bert"), list[Any]()
    with monkeypatch.context() as patched:
        patched.setattr(attention, "_has_kernel", lambda query, dropout: False)
        layout, _ = choose_layout(model, PAD, rows_of(), bf16=False)
    layers_of(model)[0].compile(dynamic=True, backend=count)
    random, counts = np.random.default_rng(0), []
    for _ in range(20):
        lengths = sorted(random.integers(3, 60, int(random.integers(3, 40))).tolist(), reverse=True)
        model(**layout.inputs(rows_of(lengths))).logits.sum().backward()
        counts.append(len(graphs))
    torch.compiler.reset()
    assert 0 < counts[-1] == counts[5] <= 3


@pytest.mark.skipif(not any(map(shutil.which, ("g++", "clang++"))), reason="there is no C++ compiler")
def test_compiled_layers_give_the_same_logits() -> None:
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
