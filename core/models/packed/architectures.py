"""One table of architectures: how each is packed, or why it is padded.

A row says where texts leave the packed row and which of their states the head reads. Attention and positions
are the model's own: positions restart in every text, and `attention.attend` hides other texts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn
from transformers import PreTrainedModel

from core.upstream.transformers import layers_of, stack_of, takes_attention_functions

Exit = Literal["stack", "base", "pooler"]
"""Behind which module texts lie side by side: the stack of layers, the base model, or before its pooler."""

Pooling = Literal["first", "last", "mean", "all"]
"""Which states of a text its head reads: of its first token, of its last, their mean, or all of them."""

Narrowed = Literal["", "attention", "mlp"]
"""The module of the last layer from which only the pooled tokens are computed. Behind `attention` the others
are dropped; around `mlp`, whose residual has all tokens, they are skipped."""


@dataclass(frozen=True)
class Packable:
    """How a classifier takes packed texts.

    Attributes:
        exit: where texts leave the packed row.
        pooling: which states its head reads.
        narrowed: where the last layer is narrowed.
        pooling_setting: name of the setting that says the pooling, if the architecture has one.
    """

    exit: Exit
    pooling: Pooling
    narrowed: Narrowed = ""
    pooling_setting: str = ""


# The words of `classifier_pooling`. "late": the head is computed for all tokens, and its logits are averaged.
_WORDS: Mapping[str, Pooling] = {"cls": "first", "bos": "first", "mean": "mean", "late": "all"}

_BERT = Packable("stack", "first", "attention")
_OTHER_LAYERS = Packable("stack", "first")
_WITH_POOLER = Packable("pooler", "first", "mlp")
_DECODER = Packable("base", "last", "mlp")

PACKED: Mapping[str, Packable] = {
    **dict.fromkeys(("bert", "electra", "ernie", "roc_bert"), _BERT),
    **dict.fromkeys(("roberta", "xlm-roberta", "xlm-roberta-xl", "roberta-prelayernorm"), _BERT),
    **dict.fromkeys(("camembert", "data2vec-text", "xmod", "esm"), _BERT),
    **dict.fromkeys(("albert", "distilbert"), _OTHER_LAYERS),
    **dict.fromkeys(("gte", "nomic_bert"), _WITH_POOLER),
    **dict.fromkeys(("jina_embeddings_v3", "esmc"), Packable("base", "first", "mlp")),
    "modernbert": Packable("base", "first", "mlp", pooling_setting="classifier_pooling"),
    "eurobert": Packable("base", "all", "mlp", pooling_setting="classifier_pooling"),
    **dict.fromkeys(("gpt2", "gpt-sw3", "gpt_bigcode", "gpt_neox", "gptj", "phi", "persimmon"), _DECODER),
    **dict.fromkeys(
        ("llama", "arcee", "diffllama", "helium", "olmo", "olmo2", "olmo3", "seed_oss"), _DECODER
    ),
    **dict.fromkeys(("mistral", "ministral", "ministral3", "mixtral", "smollm3", "starcoder2"), _DECODER),
    **dict.fromkeys(("qwen2", "qwen2_moe", "qwen3", "qwen3_moe"), _DECODER),
    **dict.fromkeys(("gemma", "gemma3_text", "glm", "glm4", "phi3", "phimoe", "exaone4"), _DECODER),
    **dict.fromkeys(("deepseek_v2", "deepseek_v3", "mistral4", "minicpm3", "axk1", "axk2"), _DECODER),
    **dict.fromkeys(("hunyuan_v1_dense", "hunyuan_v1_moe", "jetmoe", "modernbert-decoder"), _DECODER),
    **dict.fromkeys(("ctrl", "opt"), Packable("base", "last")),
}
"""Architectures that are packed, by `model_type`."""

# They count positions from behind the padding id.
_FROM_PADDING = {
    "camembert",
    "data2vec-text",
    "esm",
    "longformer",
    "mpnet",
    "roberta",
    "roberta-prelayernorm",
    "xlm-roberta",
    "xlm-roberta-xl",
    "xmod",
}

_DISTANCES = "adds the distances between tokens to its attention scores"
_TWO_STACKS = "has a decoder that reads the output of its encoder"
_STATE = "has layers that carry a state from each token to the next one"
_SPARSE = "chooses itself which tokens attend to which"

PADDED: Mapping[str, str] = {
    **dict.fromkeys(("deberta", "deberta-v2", "mpnet", "xlnet", "layoutlmv3"), _DISTANCES),
    **dict.fromkeys(("bloom", "falcon", "mpt"), _DISTANCES),
    **dict.fromkeys(("bart", "mbart", "mvp", "plbart", "bigbird_pegasus", "t5", "mt5", "umt5"), _TWO_STACKS),
    **dict.fromkeys(("t5gemma", "t5gemma2"), _TWO_STACKS),
    **dict.fromkeys(("jamba", "zamba", "zamba2", "qwen3_next", "qwen3_5", "qwen3_5_text", "minimax"), _STATE),
    **dict.fromkeys(("big_bird", "longformer", "mra", "nystromformer", "yoso", "reformer", "doge"), _SPARSE),
    **dict.fromkeys(("canine", "funnel", "perceiver"), "shortens the row of tokens between its layers"),
    "mobilebert": "reads each token together with its neighbours",
    "convbert": "mixes neighbouring tokens by convolutions",
    "fnet": "mixes all tokens of the row by a Fourier transform",
    "gemma2": "caps its attention scores",
    "gpt_oss": "has attention sinks",
    "nemotron": "does not tell its attention where texts lie",
}
"""Why an architecture is padded, by `model_type`; what follows its name."""


def counts_positions_from_padding(config: Any) -> bool:
    """Whether positions begin behind the padding id, as those of RoBERTa and its relatives."""
    return config.model_type in _FROM_PADDING


def first_position(config: Any) -> int:
    """Position id of the first token of a text."""
    return (config.pad_token_id or 0) + 1 if counts_positions_from_padding(config) else 0


def obstacle(model: PreTrainedModel) -> str:
    """Why a model certainly cannot be packed, a clause; empty where it may."""
    kind = model.config.model_type
    if kind in PADDED:
        return f"{kind} {PADDED[kind]}"
    if not takes_attention_functions(model) or layers_of(model) is None:
        return f"{kind} computes its attention itself"
    if getattr(model.config, "position_embedding_type", "absolute") not in ("absolute", "rotary"):
        return f"this {kind} {_DISTANCES}"
    return ""


def ways(model: PreTrainedModel) -> Iterator[Packable]:
    """The ways in which a model may be packed, to be tried in this order; the one of its table row first."""
    row = PACKED.get(model.config.model_type)
    if row is None:
        yield from _guesses(model)
        return
    if row.pooling_setting:
        word = getattr(model.config, row.pooling_setting)
        row = Packable(row.exit, _WORDS[word], row.narrowed)
    if row.narrowed and row.pooling in ("first", "last"):
        yield row
    yield Packable(row.exit, row.pooling)


def _guesses(model: PreTrainedModel) -> Iterator[Packable]:
    """Ways for an architecture that the table does not know."""
    base: Any = model.base_model
    if stack_of(base) is not base:
        yield Packable("stack", "first")
    if getattr(base, "pooler", None) is not None:
        yield Packable("pooler", "first")
    poolings: tuple[Pooling, ...] = ("last", "first", "mean", "all")
    yield from (Packable("base", pooling) for pooling in poolings)


def exit_module(base: nn.Module, where: Exit) -> nn.Module:
    """The module at which texts leave the packed row.

    Raises:
        AttributeError: the base model has none.
    """
    if where == "stack":
        return stack_of(base)
    return base if where == "base" else base.get_submodule("pooler")
