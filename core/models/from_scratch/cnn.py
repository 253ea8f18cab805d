"""A convolutional network over word vectors, after Y. Kim (Convolutional Neural Networks for Sentence
Classification, 2014).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import PreTrainedConfig

from core.models.from_scratch.classifier import FromScratchClassifier


class CnnConfig(PreTrainedConfig):
    """`filters` of each of the `widths`, in tokens, over word vectors of `embedding_size`."""

    model_type = "bertcls-cnn"

    vocab_size: int = 16_000
    embedding_size: int = 128
    filters: int = 128
    widths: tuple[int, ...] = (2, 3, 4, 5)
    dropout: float = 0.3
    initializer_range: float = 0.02
    pad_token_id: int | None = 0


class CnnForSequenceClassification(FromScratchClassifier):
    """Filters of several widths, and the highest answer of each anywhere in the text."""

    config_class = CnnConfig

    def __init__(self, config: CnnConfig) -> None:
        super().__init__(config, config.filters * len(config.widths))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(config.embedding_size, config.filters, width) for width in config.widths
        )
        self.post_init()

    def encode(self, states: Tensor, mask: Tensor) -> Tensor:
        """As `FromScratchClassifier.encode`."""
        # Behind a text are zeros, as if it stood alone; and no answer is lower than zero.
        states = (states * mask[:, :, None]).transpose(1, 2)
        answers = (filters(_around(states, filters)).relu() * mask[:, None] for filters in self.convolutions)
        return torch.cat([answer.amax(2) for answer in answers], 1)


def _around(states: Tensor, filters: Any) -> Tensor:
    """Zeros on both sides, so that there is an answer for each token."""
    width = filters.kernel_size[0]
    return pad(states, ((width - 1) // 2, width // 2))
