"""The base of models trained from scratch: word embeddings, an encoder, dropout, a linear head."""

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class FromScratchClassifier(PreTrainedModel):
    """A classifier without pre-training. Padding never changes the logits of a text.

    Args:
        config: with `vocab_size`, `embedding_size`, `initializer_range`, `dropout` and `num_labels`.
        width: width of the pooled state of a text, the result of `encode`.
    """

    main_input_name = "input_ids"

    def __init__(self, config: Any, width: int) -> None:
        super().__init__(config)
        self.embeddings: nn.Module = nn.Embedding(
            config.vocab_size, config.embedding_size, config.pad_token_id
        )
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(width, config.num_labels)

    def get_input_embeddings(self) -> nn.Module:
        """The word embeddings."""
        return self.embeddings

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the word embeddings."""
        self.embeddings = value

    @abstractmethod
    def encode(self, states: Tensor, mask: Tensor) -> Tensor:
        """Encode texts to pooled states, shape (texts, width).

        Args:
            states: word embeddings, shape (texts, longest, embedding size).
            mask: whether a position holds a token, shape (texts, longest); padding follows the text.
        """

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        **unused: Any,
    ) -> SequenceClassifierOutput:
        """Compute logits, shape (texts, labels), and with `labels` the loss."""
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        states = self.dropout(self.embeddings(input_ids))
        logits = self.classifier(self.dropout(self.encode(states, mask.bool())))
        loss = None
        if labels is not None:
            loss = self.loss_function(labels, logits, self.config)
        return SequenceClassifierOutput(loss=loss, logits=logits)

    def _init_weights(self, module: Any) -> None:
        """Draw word embeddings from a normal distribution, the rest as PyTorch does."""
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
            with torch.no_grad():
                module.weight[self.config.pad_token_id] = 0.0
        elif isinstance(module, nn.Conv1d | nn.Linear | nn.RNNBase):
            module.reset_parameters()
