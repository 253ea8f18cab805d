"""Texts in windows: their logits are the mean over the windows, however texts are batched."""

from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import LONGEST, PAD, VOCABULARY, rows_of, tiny
from torch.nn.functional import cross_entropy

from core.encoding.tokens import EncodedSplit, Ids, Tokens, Types, of_rows, starts_of
from core.models import logits
from core.models.logits import compute_logits, inputs_of, logits_of
from core.models.packed.layouts import TYPES, Layout, Padded
from core.models.padding_free import choose_layout
from core.training.batches import Batcher
from core.training.losses import TrainingLoss

# Windows per text. All windows of a text with several have the same length.
WINDOWS = (1, 3, 1, 1, 5, 2, 1)
LENGTH = 12


def windowed(seed: int = 0) -> tuple[Tokens, list[list[Ids]]]:
    """Tokens of texts in windows, and the windows of each text."""
    short = iter((3, 7, 7, 11))
    texts = [
        rows_of([LENGTH] * count if count > 1 else [next(short)], seed + number)
        for number, count in enumerate(WINDOWS)
    ]
    tokens = of_rows([row for text in texts for row in text])
    lengths = np.array([sum(map(len, text)) for text in texts], np.int32)
    firsts = starts_of(np.array(WINDOWS))
    return (
        Tokens(tokens.ids, tokens.starts, lengths, np.zeros_like(lengths), firsts),
        texts,
    )


def layout_for(model: Any, packed: bool) -> Layout:
    if not packed:
        return Padded(PAD)
    layout, reason = choose_layout(model, PAD, rows_of(), bf16=False)
    assert (reason, layout.is_packed) == ("", True)
    return layout


def one_by_one(model: Any, texts: list[list[Ids]]) -> torch.Tensor:
    """Logits of each text, shape (texts, labels), computed one window at a time."""
    return torch.cat(
        [
            torch.stack([model(torch.from_numpy(row.astype(np.int64))[None]).logits[0] for row in text]).mean(
                0, keepdim=True
            )
            for text in texts
        ]
    )


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("budget", [1, 30, 100_000])
def test_the_logits_of_a_text_are_the_mean_over_its_windows(
    packed: bool, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens, texts = windowed()
    model = tiny("bert")
    with torch.inference_mode():
        expected = one_by_one(model, texts)
    monkeypatch.setitem(logits.BUDGETS, "cpu", budget)
    reported: list[int] = []
    found = compute_logits(model, layout_for(model, packed), tokens, bf16=False, on_progress=reported.append)
    assert (found.dtype, found.shape) == (np.float32, (len(texts), 3))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert reported == sorted(reported)
    assert reported[-1] == len(texts)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_loss_and_gradient_do_not_depend_on_the_micro_batches(packed: bool, kind: str) -> None:
    tokens, texts = windowed()
    labels = np.arange(len(texts), dtype=np.int32) % 3
    alone = tiny(kind)
    expected = cross_entropy(one_by_one(alone, texts), torch.from_numpy(labels).long())
    expected.backward()
    split, counts, loss = EncodedSplit(tokens, labels), [], TrainingLoss(is_multi_label=False)
    for budget in (1, 40, 100_000):
        model = tiny(kind)
        batch = Batcher(split, layout_for(model, packed), budget)(
            np.random.default_rng(0).permutation(len(texts))
        )
        assert (batch.examples, batch.tokens) == (len(texts), len(tokens.ids))
        assert all(
            each.examples == 1 or each.inputs["input_ids"].numel() <= budget for each in batch.micro_batches
        )
        losses = [
            loss(logits_of(model, each.inputs), each.targets) * (each.examples / batch.examples)
            for each in batch.micro_batches
        ]
        total = torch.stack(losses).sum()
        total.backward()
        assert total.item() == pytest.approx(expected.item(), abs=1e-6)
        for one, other in zip(model.parameters(), alone.parameters(), strict=True):
            torch.testing.assert_close(one.grad, other.grad, atol=1e-5, rtol=1e-4)
        counts.append(len(batch.micro_batches))
    assert counts[0] == len(texts)
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 1


def typed(rows: list[Ids]) -> list[Types]:
    """Token types. The second half of each text is the second of a pair."""
    return [(np.arange(len(row)) >= len(row) // 2).astype(np.int8) for row in rows]


@pytest.mark.parametrize("kind", ["bert", "electra", "albert"])
def test_token_types_reach_models_that_have_them(kind: str) -> None:
    rows = rows_of(range(2, LONGEST, 5))
    types = typed(rows)
    stock, model = tiny(kind), tiny(kind)
    with torch.inference_mode():
        expected = [
            stock(
                torch.from_numpy(row.astype(np.int64))[None],
                token_type_ids=torch.from_numpy(each.astype(np.int64))[None],
            ).logits[0]
            for row, each in zip(rows, types, strict=True)
        ]
    layout, reason = choose_layout(model, PAD, rows_of(), bf16=False, types=typed(rows_of()))
    assert (reason, layout.is_packed) == ("", True)
    for how, which in ((layout, model), (Padded(PAD), tiny(kind))):
        found = compute_logits(which, how, of_rows(rows, types), bf16=False)
        np.testing.assert_allclose(found, torch.stack(expected), atol=1e-5)
    single = compute_logits(model, layout, of_rows(rows), bf16=False)
    assert np.abs(single - found).max() > 0.01


@pytest.mark.parametrize(
    ("kind", "changes"), [("distilbert", {}), ("roberta", {"type_vocab_size": 1}), ("mpnet", {})]
)
def test_models_without_token_types_do_not_get_them(kind: str, changes: dict[str, Any]) -> None:
    rows = rows_of()
    model = tiny(kind, **changes)
    layout, _ = choose_layout(model, PAD, rows, bf16=False, types=typed(rows))
    assert TYPES not in inputs_of(layout, of_rows(rows, typed(rows)), np.arange(3))
    found = compute_logits(model, layout, of_rows(rows, typed(rows)), bf16=False)
    np.testing.assert_array_equal(found, compute_logits(model, layout, of_rows(rows), bf16=False))
    assert max(map(max, rows)) < VOCABULARY
