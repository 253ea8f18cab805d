"""transformers: the inside of its models, its loading report, and the texts of its errors."""

from typing import Any, Literal

from torch import nn
from transformers import PreTrainedModel

OTHER_ATTENTION = ("position_bias", "softcap", "s_aux", "head_mask", "cu_seq_lens_q")
"""Options by which a model asks an attention function for more than a softmax over all tokens."""

LoadFailure = Literal["needs code", "not safetensors", "unknown model", "other"]


def attention_of(model: PreTrainedModel) -> str:
    """The name of the attention function that `model` uses."""
    return str(model.config._attn_implementation)


def takes_attention_functions(model: PreTrainedModel) -> bool:
    """Whether `model` calls functions of `AttentionInterface`, and hands them the keywords of its forward."""
    return bool(getattr(model, "_supports_attention_backend", False))


def stack_of(base: nn.Module) -> nn.Module:
    """The module within a base model that holds its layers; the base model itself where it does."""
    names = ("encoder", "transformer", "decoder")
    return next(filter(None, (getattr(base, name, None) for name in names)), base)


def layers_of(model: PreTrainedModel) -> nn.ModuleList | None:
    """The layers of a classifier, the first one first; None where there is no such list.

    ALBERT, whose layers share their weights, has one group of layers.
    """
    base: Any = model.base_model
    lists = [each for each in stack_of(base).children() if isinstance(each, nn.ModuleList)]
    return max(lists, key=len, default=None)


def word_embeddings_of(model: PreTrainedModel) -> nn.Embedding | None:
    """The word embeddings; None where a model computes them in another way."""
    try:
        embeddings = model.get_input_embeddings()
    except NotImplementedError:  # the model has none
        return None
    return embeddings if type(embeddings) is nn.Embedding else None


def missing_weights(report: dict[str, Any]) -> set[str]:
    """Weights that the file lacks, by name.

    Args:
        report: what `from_pretrained(output_loading_info=True)` returns beside the model.
    """
    return set(report["missing_keys"])


def misshapen_weights(report: dict[str, Any]) -> set[str]:
    """Weights that have another shape in the file, by name; see `missing_weights`."""
    return {name for name, *_ in report["mismatched_keys"]}


def load_failure(error: Exception) -> LoadFailure:
    """Why a model could not be loaded, by the text of the error: the classes are the same for all."""
    text = " ".join(str(error).split())
    if "trust_remote_code" in text:
        return "needs code"
    if "safetensors" in text:
        return "not safetensors"
    if any(sign in text for sign in ("not a valid model identifier", "404", "Repository Not Found")):
        return "unknown model"
    return "other"
