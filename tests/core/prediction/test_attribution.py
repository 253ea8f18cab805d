"""Contributions of tokens add up to the effect of the text, for every model and layout."""

from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import PAD, VOCABULARY, rows_of, tiny
from transformers import AutoModelForSequenceClassification, PreTrainedConfig
from transformers.modeling_utils import PreTrainedModel

from core.encoding.tokens import Ids, of_rows
from core.models.from_scratch import CnnConfig, RnnConfig
from core.models.logits import compute_logits
from core.models.padding_free import choose_layout
from core.prediction import attribution
from core.prediction.attribution import attribute, log_odds

SMALL: dict[str, Any] = {"vocab_size": VOCABULARY, "embedding_size": 8, "num_labels": 3, "pad_token_id": PAD}
FROM_SCRATCH: dict[str, PreTrainedConfig] = {
    "cnn": CnnConfig(**SMALL, filters=6),
    "gru": RnnConfig(**SMALL, hidden_size=6),
    "lstm": RnnConfig(**SMALL, hidden_size=6, cell="lstm", layers=2, pooling="last"),
}


def model_of(kind: str) -> PreTrainedModel:
    if kind not in FROM_SCRATCH:
        return tiny(kind)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model: PreTrainedModel = AutoModelForSequenceClassification.from_config(FROM_SCRATCH[kind])
    return model.eval()


def emptied(ids: Ids) -> Ids:
    return np.array([ids[0], *[PAD] * (len(ids) - 2), ids[-1]], np.int32)


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta", "deberta-v2", *FROM_SCRATCH])
def test_contributions_add_up(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "_POSITIONS", 100)  # several micro-batches
    model = model_of(kind)
    layout, _ = choose_layout(model, PAD, rows_of(), bf16=False)
    assert layout.is_packed == (kind in ("bert", "distilbert", "roberta"))
    ids = rows_of()[4]
    reported: list[tuple[int, int]] = []
    found = attribute(
        model, layout, [ids], [emptied(ids)], log_odds(1), lambda done, total: reported.append((done, total))
    )
    said = np.abs(found.tokens).sum()
    assert said > 0
    assert found.tokens.sum() == pytest.approx(found.score - found.empty_score + found.error, abs=1e-4)
    assert abs(found.error) <= 0.02 * said
    # Special tokens are not emptied, so they contribute nothing.
    assert found.tokens[[0, -1]].tolist() == [0, 0]
    logits = torch.from_numpy(compute_logits(model, layout, of_rows([ids]), bf16=False))
    assert found.score == pytest.approx(float(log_odds(1)(logits)), abs=1e-4)
    assert reported[0] == (0, 24)
    assert 0 < reported[1][0] < 24


@pytest.mark.parametrize("positions", [1, 25, 100_000])
@pytest.mark.parametrize("kind", ["bert", "deberta-v2", "gru"])
def test_contributions_of_windows_add_up(kind: str, positions: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "_POSITIONS", positions)
    model = model_of(kind)
    layout, _ = choose_layout(model, PAD, rows_of(), bf16=False)
    rows = rows_of([11] * 3)
    reported: list[tuple[int, int]] = []
    found = attribute(
        model,
        layout,
        rows,
        list(map(emptied, rows)),
        log_odds(1),
        lambda done, total: reported.append((done, total)),
    )
    assert found.tokens.shape == (33,)
    assert found.tokens.sum() == pytest.approx(found.score - found.empty_score + found.error, abs=1e-4)
    assert abs(found.error) <= 0.02 * np.abs(found.tokens).sum()
    assert found.tokens[[0, 10, 11, 21, 22, 32]].tolist() == [0] * 6
    assert np.abs(found.tokens.reshape(3, 11)).sum(1).min() > 0
    means = compute_logits(model, layout, of_rows(rows), bf16=False).mean(0, keepdims=True)
    assert found.score == pytest.approx(float(log_odds(1)(torch.from_numpy(means))), abs=1e-4)
    assert reported[0] == (0, 24)
    # Identical windows contribute equally, and their sum is the contribution of one window alone.
    twice = attribute(
        model, layout, [rows[0]] * 2, [emptied(rows[0])] * 2, log_odds(1), lambda done, total: None
    )
    once = attribute(model, layout, rows[:1], [emptied(rows[0])], log_odds(1), lambda done, total: None)
    np.testing.assert_allclose(twice.tokens.reshape(2, 11).sum(0), once.tokens, atol=1e-4)


def test_log_odds_match_the_probability() -> None:
    logits = torch.tensor([[0.3, -1.2, 2.0]])
    probabilities = (logits / 1.7).softmax(1)[0]
    for label in range(3):
        found = log_odds(label, temperature=1.7)(logits)
        assert float(found.sigmoid()) == pytest.approx(float(probabilities[label]), abs=1e-6)


def test_attribution_does_not_change_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("bert")
    layout, _ = choose_layout(model, PAD, rows_of(), bf16=False)
    before = compute_logits(model, layout, of_rows(rows_of()), bf16=False)
    ids = rows_of()[2]
    attribute(model, layout, [ids], [emptied(ids)], log_odds(0), lambda done, total: None)
    assert (compute_logits(model, layout, of_rows(rows_of()), bf16=False) == before).all()
