"""A convolutional network over word embeddings (Y. Kim, Convolutional Neural Networks for Sentence
Classification, 2014).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import PreTrainedConfig

from core.models.from_scratch.classifier import FromScratchClassifier


class CnnConfig(PreTrainedConfig):
    """`filters` filters of each width in `widths`, in tokens, over embeddings of size `embedding_size`."""

    model_type = "bertcls-cnn"

    vocab_size: int = 16_000
    embedding_size: int = 128
    filters: int = 128
    widths: tuple[int, ...] = (2, 3, 4, 5)
    dropout: float = 0.3
    initializer_range: float = 0.02
    pad_token_id: int | None = 0


class CnnForSequenceClassification(FromScratchClassifier):
    """Filters of several widths, pooled by the maximum over the text."""

    config_class = CnnConfig

    def __init__(self, config: CnnConfig) -> None:
        super().__init__(config, config.filters * len(config.widths))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(config.embedding_size, config.filters, width) for width in config.widths
        )
        self.post_init()

    def encode(self, states: Tensor, mask: Tensor) -> Tensor:
        """See `FromScratchClassifier.encode`."""
        # Zeros behind a text, as if it stood alone. No output is below zero: padding never is the maximum.
        states = (states * mask[:, :, None]).transpose(1, 2)
        outputs = (filters(_around(states, filters)).relu() * mask[:, None] for filters in self.convolutions)
        return torch.cat([output.amax(2) for output in outputs], 1)


def _around(states: Tensor, filters: Any) -> Tensor:
    """Pad with zeros on both sides, for one output a token."""
    width = filters.kernel_size[0]
    return pad(states, ((width - 1) // 2, width // 2))
