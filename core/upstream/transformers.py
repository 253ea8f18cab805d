"""transformers: the inside of its models, its loading report, and the texts of its errors."""

from collections.abc import Callable
from typing import Any, Literal

from torch import Tensor, nn
from transformers import PreTrainedModel

OTHER_ATTENTION = ("sliding_window", "position_bias", "softcap", "s_aux", "head_mask", "cu_seq_lens_q")
"""Options by which a model asks an attention function for more than a softmax over all tokens."""

FirstTokens = Callable[[dict[str, Any]], Tensor]
"""From the keywords of a forward pass to the positions of the first token of each text, shape (texts,)."""

LoadFailure = Literal["needs code", "not safetensors", "unknown model", "other"]


def attention_of(model: PreTrainedModel) -> str:
    """The name of the attention function that `model` uses."""
    return str(model.config._attn_implementation)


def takes_attention_functions(model: PreTrainedModel) -> bool:
    """Whether `model` calls functions of `AttentionInterface`, and hands them the keywords of its forward."""
    return bool(getattr(model, "_supports_attention_backend", False))


def encoder_of(model: PreTrainedModel) -> nn.Module | None:
    """The stack of layers whose output the classification head pools; None where there is no such module."""
    base: Any = model.base_model
    return getattr(base, "encoder", None) or getattr(base, "transformer", None)


def keep_first_tokens(model: PreTrainedModel, firsts: FirstTokens) -> list[Any]:
    """Hand the head the first token of each packed text and nothing else.

    Returns:
        Handles of the hooks; `remove()` undoes them.
    """

    def pool(module: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> Any:
        states = output.last_hidden_state
        output.last_hidden_state = states[0, firsts(kwargs)].unsqueeze(1)
        return output

    encoder: Any = encoder_of(model)
    return [encoder.register_forward_hook(pool, with_kwargs=True)]


def compute_first_tokens_only(model: PreTrainedModel, firsts: FirstTokens) -> list[Any]:
    """As `keep_first_tokens`; the last layer also drops the other tokens right behind its attention.

    Its feed-forward part is computed for the first tokens only: an eighth of MiniLM's work is saved.

    Raises:
        AttributeError: the layers are not built as those of BERT.
    """
    encoder: Any = encoder_of(model)
    last = encoder.layer[-1]
    behind_attention = last.attention.output
    current: list[Tensor] = []

    def remember(module: nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        current[:] = [firsts(kwargs)]

    def narrow(module: nn.Module, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        # The attention's output and the residual, both of shape (1, tokens, width).
        return tuple(state[:, current[0]] for state in states)

    def pool(module: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> Any:
        output.last_hidden_state = output.last_hidden_state.transpose(0, 1)
        return output

    return [
        last.register_forward_pre_hook(remember, with_kwargs=True),
        behind_attention.register_forward_pre_hook(narrow),
        encoder.register_forward_hook(pool, with_kwargs=True),
    ]


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
