"""A recurrent network over word embeddings."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig

from core.models.from_scratch.classifier import FromScratchClassifier

_CELLS: dict[str, Callable[..., nn.RNNBase]] = {"tanh": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RnnConfig(PreTrainedConfig):
    """`layers` layers of `cell`, of size `hidden_size`, over embeddings of size `embedding_size`.

    `pooling` takes the `last` state of each direction, or the maximum over the text (`max`).
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
    initializer_range: float = 0.1
    pad_token_id: int | None = 0


class RnnForSequenceClassification(FromScratchClassifier):
    """Recurrent layers that read texts forwards, or in both directions.

    Each direction is a network of its own and reads the padding too, after the text: a state depends only on
    what was read before it. On a CPU that is about twice as fast as PyTorch's packed sequences.
    """

    config_class = RnnConfig
    # The time of a micro-batch depends on its longest text, hardly on the number of texts.
    positions_at_once = 32_768

    def __init__(self, config: RnnConfig) -> None:
        directions = 1 + config.bidirectional
        width = config.hidden_size * directions
        super().__init__(config, width)
        self.layers = nn.ModuleList(
            nn.ModuleList(
                _CELLS[config.cell](
                    width if layer else config.embedding_size, config.hidden_size, batch_first=True
                )
                for _ in range(directions)
            )
            for layer in range(config.layers)
        )
        self.post_init()

    def encode(self, states: Tensor, mask: Tensor) -> Tensor:
        """See `FromScratchClassifier.encode`."""
        reverse = _reverse(mask)
        # In fp32: not every device has bfloat16 kernels for recurrent layers.
        with torch.autocast(states.device.type, enabled=False):
            states = states.float()
            for number, directions in enumerate(self.layers):
                states = _read(directions, self.dropout(states) if number else states, reverse)
        if self.config.pooling == "max":
            return states.masked_fill(~mask[:, :, None], -torch.inf).amax(1)
        # Reading forwards ends at the last token, reading backwards at the first.
        size = self.config.hidden_size
        last = states[torch.arange(len(states), device=states.device), mask.sum(1) - 1]
        return torch.cat([last[:, :size], states[:, 0, size:]], 1)


def _read(directions: Any, states: Tensor, reverse: Tensor) -> Tensor:
    """The states of one layer, shape (texts, longest, directions * hidden size)."""
    found = [directions[0](states)[0]]
    if len(directions) == 2:
        backwards = directions[1](_along(states, reverse))[0]
        found.append(_along(backwards, reverse))
    return torch.cat(found, 2)


def _reverse(mask: Tensor) -> Tensor:
    """Indexes that reverse each text and leave its padding in place, shape (texts, longest)."""
    places = torch.arange(mask.shape[1], device=mask.device).expand(mask.shape)
    return torch.where(mask, mask.sum(1, keepdim=True) - 1 - places, places)


def _along(states: Tensor, places: Tensor) -> Tensor:
    return states.gather(1, places[:, :, None].expand(-1, -1, states.shape[2]))
