"""What the baselines have in common: word vectors before, dropout and a linear layer behind."""

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.modeling_utils import PreTrainedModel


class FromScratchClassifier(PreTrainedModel):
    """A classifier without pre-training. What follows a text in its batch never reaches its logits.

    Args:
        config: with `vocab_size`, `embedding_size`, `initializer_range`, `dropout` and `num_labels`.
        width: numbers that stand for a text, as `encode` gives them.
    """

    main_input_name = "input_ids"
    _input_embed_layer = "embeddings"

    def __init__(self, config: Any, width: int) -> None:
        super().__init__(config)
        self.embeddings = nn.Embedding(config.vocab_size, config.embedding_size, config.pad_token_id)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(width, config.num_labels)

    @abstractmethod
    def encode(self, states: Tensor, mask: Tensor) -> Tensor:
        """What stands for each text, shape (texts, width).

        Args:
            states: word vectors, shape (texts, longest, embedding size).
            mask: whether there is a token, shape (texts, longest); padding comes after the text.
        """

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        **unused: Any,
    ) -> SequenceClassifierOutput:
        """Logits, shape (texts, labels), and the loss where there are `labels`."""
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        states = self.dropout(self.embeddings(input_ids))
        logits = self.classifier(self.dropout(self.encode(states, mask.bool())))
        loss = None
        if labels is not None:
            loss = self.loss_function(labels, logits, self.config)
        return SequenceClassifierOutput(loss=loss, logits=logits)

    def _init_weights(self, module: Any) -> None:
        """Word vectors from a normal distribution, everything else as PyTorch draws it."""
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
            with torch.no_grad():
                module.weight[self.config.pad_token_id] = 0.0
        elif isinstance(module, nn.Conv1d | nn.Linear | nn.RNNBase):
            module.reset_parameters()
