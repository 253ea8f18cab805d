"""Tiny classifiers with random weights, and token ids of any lengths for them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification
from transformers.modeling_utils import PreTrainedModel

from core.encoding.tokens import Ids

PAD = 1
VOCABULARY = 90
LONGEST = 64
LENGTHS = (3, 7, 7, 40, 23, 5, 60, 11)

PACKABLE = (
    "bert",
    "roberta",
    "xlm-roberta",
    "electra",
    "distilbert",
    "albert",
    "modernbert",
    "eurobert",
    "gte",
    "nomic_bert",
    "jina_embeddings_v3",
    "llama",
    "gemma3_text",
    "gpt2",
    "qwen3",
)
DECODERS = ("llama", "qwen3", "gemma3_text", "gpt2")
PADDED_ONLY = ("deberta-v2", "mpnet", "gemma2")


def tiny(kind: str, seed: int = 0, **changes: Any) -> PreTrainedModel:
    """A classifier with three labels and without dropout, in evaluation mode."""
    size: dict[str, Any] = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 48,
        # RoBERTa and its relatives number positions from the padding index on.
        "max_position_embeddings": LONGEST + PAD + 1,
    }
    if kind == "distilbert":
        size = {
            "dim": 32,
            "n_layers": 2,
            "n_heads": 4,
            "hidden_dim": 48,
            "max_position_embeddings": LONGEST,
            "seq_classif_dropout": 0.0,
        }
    if kind in DECODERS:
        # Two query heads share a key.
        size |= {"num_key_value_heads": 2, "head_dim": 8}
    config = AutoConfig.for_model(
        kind,
        **(size | changes),
        vocab_size=VOCABULARY,
        num_labels=3,
        pad_token_id=PAD,
        # Large enough that the context of a token makes a difference.
        initializer_range=0.3,
    )
    for name in vars(config):
        if ("dropout" in name or "pdrop" in name) and isinstance(getattr(config, name), float):
            setattr(config, name, 0.0)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model: PreTrainedModel = AutoModelForSequenceClassification.from_config(config)
    return model.eval()


def rows_of(lengths: Sequence[int] = LENGTHS, seed: int = 0) -> list[Ids]:
    """Random token ids of texts of these lengths, without padding."""
    numbers = np.random.default_rng(seed)
    return [numbers.integers(5, VOCABULARY, length).astype(np.int32) for length in lengths]
