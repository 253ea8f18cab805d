"""The logits of the CNN and the RNN for a text depend neither on its batch nor on padding."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForSequenceClassification, PreTrainedConfig

from core.models.from_scratch import CnnConfig, RnnConfig

WORDS = 50
SMALL: dict[str, Any] = {"vocab_size": WORDS, "embedding_size": 8, "num_labels": 3}
CONFIGS: dict[str, PreTrainedConfig] = {
    "cnn": CnnConfig(**SMALL, filters=6),
    "cnn of one odd width": CnnConfig(**SMALL, filters=6, widths=(3,)),
    "gru": RnnConfig(**SMALL, hidden_size=6),
    "gru, last": RnnConfig(**SMALL, hidden_size=6, pooling="last"),
    "lstm of two layers, last": RnnConfig(**SMALL, hidden_size=6, cell="lstm", layers=2, pooling="last"),
    "tanh, one way, last": RnnConfig(
        **SMALL, hidden_size=6, cell="tanh", bidirectional=False, pooling="last"
    ),
}

texts = st.lists(st.lists(st.integers(0, WORDS - 1), min_size=1, max_size=12), min_size=1, max_size=5)


def batch_of(rows: list[list[int]], width: int, filler: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and mask, both of shape (texts, width)."""
    ids = [row + [filler] * (width - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
    return torch.tensor(ids), torch.tensor(mask)


@pytest.mark.parametrize("name", CONFIGS)
@given(texts, st.integers(0, 20), st.integers(0, WORDS - 1))
def test_logits_do_not_depend_on_the_batch_or_padding(
    name: str, rows: list[list[int]], more: int, filler: int
) -> None:
    """The ids at masked positions have no effect either."""
    model = MODELS[name]
    with torch.inference_mode():
        together = model(*batch_of(rows, max(map(len, rows)) + more, filler)).logits
        alone = torch.cat([model(torch.tensor([row])).logits for row in rows])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def made(config: PreTrainedConfig) -> Any:
    torch.manual_seed(0)
    return AutoModelForSequenceClassification.from_config(config).eval()


MODELS = {name: made(config) for name, config in CONFIGS.items()}
