"""A recurrent network over word vectors."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from transformers import PreTrainedConfig

from core.models.baselines.classifier import BaselineClassifier

_CELLS: dict[str, Callable[..., nn.RNNBase]] = {"tanh": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RnnConfig(PreTrainedConfig):
    """`layers` of `cell`s of `hidden_size`, in one or both directions, over vectors of `embedding_size`.

    `pooling`: what stands for a text is the `last` state of each direction, or the highest of all (`max`).
    """

    model_type = "bertcls-rnn"

    vocab_size: int = 16_000
    embedding_size: int = 128
    cell: Literal["tanh", "gru", "lstm"] = "gru"
    hidden_size: int = 128
    layers: int = 1
    bidirectional: bool = True
    pooling: Literal["last", "max"] = "max"
    dropout: float = 0.3
    pad_token_id: int | None = 0


class RnnForSequenceClassification(BaselineClassifier):
    """Cells that read a text token by token, from its first to its last."""

    config_class = RnnConfig

    def __init__(self, config: RnnConfig) -> None:
        super().__init__(config, config.hidden_size * (1 + config.bidirectional))
        self.recurrent = _CELLS[config.cell](
            config.embedding_size,
            config.hidden_size,
            config.layers,
            batch_first=True,
            dropout=config.dropout if config.layers > 1 else 0.0,
            bidirectional=config.bidirectional,
        )
        self.post_init()

    def encode(self, states: Tensor, mask: Tensor) -> Tensor:
        """As `BaselineClassifier.encode`."""
        # In single precision: there are no kernels for bfloat16 on every device.
        with torch.autocast(states.device.type, enabled=False):
            packed = pack_padded_sequence(
                states.float(), mask.sum(1).cpu(), batch_first=True, enforce_sorted=False
            )
            outputs, last = self.recurrent(packed)
        if self.config.pooling == "max":
            return pad_packed_sequence(outputs, batch_first=True, padding_value=-torch.inf)[0].amax(1)
        hidden: Tensor = last[0] if isinstance(last, tuple) else last
        return hidden[-1 - self.config.bidirectional :].transpose(0, 1).flatten(1)
