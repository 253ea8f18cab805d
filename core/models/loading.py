"""Load tokenizer and classifier of a model; what keeps them from loading is said in a sentence."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

import core.models.from_scratch  # noqa: F401 - from here on the Auto classes know them
from core import hub
from core.config import MINILM
from core.models.catalog import ModelSource, bundled_minilm
from core.problems import Problem
from core.text.long_text import LongText


def load_tokenizer(
    source: ModelSource, max_length: int, long_text: LongText = "head"
) -> PreTrainedTokenizerBase:
    """The fast tokenizer of `source`, cutting at `max_length` tokens wherever it is used later.

    By itself it cuts the end, or for `tail` the beginning; it is the Encoder that knows the other policies.

    Raises:
        Problem: it cannot be had, or the model cannot read texts of that length.
    """
    if not source.location:
        raise Problem("its tokenizer is made when a run is planned", where=source.name)
    with _explained(source):
        side = "left" if long_text == "tail" else "right"
        tokenizer: Any = AutoTokenizer.from_pretrained(
            source.location, truncation_side=side, **_options(source)
        )
        config = AutoConfig.from_pretrained(source.location, **_options(source))
        _check_layers(config)
    if not tokenizer.is_fast:
        raise Problem("its tokenizer has no fast version", where=source.name, mend="Choose another model.")
    check_words(tokenizer, source.name)
    limit = _longest_input(config, tokenizer)
    if limit is not None and max_length > limit:
        raise Problem(
            f"it reads at most {limit} tokens, not {max_length}",
            where=source.name,
            mend=f"Set --max-length {limit} or less.",
        )
    tokenizer.model_max_length = max_length
    return tokenizer  # type: ignore[no-any-return]


def check_words(tokenizer: PreTrainedTokenizerBase, where: str) -> None:
    """Make sure that a tokenizer that was just loaded from `where` knows any words.

    Raises:
        Problem: where its files are missing transformers makes an empty one, to which every word is unknown.
    """
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise Problem(
            "its tokenizer is missing or knows no words",
            where=where,
            mend="Save the tokenizer into the same folder, or choose another model.",
        )


def load_classifier(
    source: ModelSource,
    labels: list[str],
    attention_dropout: float | None = None,
    *,
    is_multi_label: bool = False,
) -> PreTrainedModel:
    """The model of `source` in fp32 with a new classifier layer for `labels`, or all new, on the CPU.

    Args:
        source: where it is loaded from.
        labels: label names by label number.
        attention_dropout: dropout of the attention probabilities; None leaves what the model has.
        is_multi_label: whether it gives a set of labels; its configuration says so to whoever loads it.

    Raises:
        Problem: it cannot be had, or its weights are not the ones they should be.
    """
    source.verify()
    with _explained(source):
        config = AutoConfig.from_pretrained(
            source.location,
            num_labels=len(labels),
            id2label=dict(enumerate(labels)),
            label2id={label: index for index, label in enumerate(labels)},
            problem_type=_PROBLEM_TYPES[is_multi_label],
            **_options(source),
        )
        _check_layers(config)
        for name in _ATTENTION_DROPOUT:
            if attention_dropout is not None and hasattr(config, name):
                setattr(config, name, attention_dropout)
        auto: Any = AutoModelForSequenceClassification
        if source.is_new:
            return auto.from_config(config, dtype=torch.float32)  # type: ignore[no-any-return]
        model, found = auto.from_pretrained(
            source.location,
            config=config,
            output_loading_info=True,
            # A folder that was saved as a classifier of other labels gets a new last layer.
            ignore_mismatched_sizes=True,
            dtype=torch.float32,
            use_safetensors=True,
            **_options(source),
        )
        _check_weights(model, found)
    return model  # type: ignore[no-any-return]


def load_saved(folder: Path) -> PreTrainedModel:
    """The classifier that a checkpoint or a finished model holds, in fp32, on the CPU.

    Raises:
        OSError: the folder does not hold one (any more).
    """
    auto: Any = AutoModelForSequenceClassification
    return auto.from_pretrained(  # type: ignore[no-any-return]
        folder,
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
    )


def count_parameters(source: ModelSource, labels: int) -> int:
    """Number of parameters of the classifier, without loading its weights.

    Raises:
        Problem: the model cannot be had.
    """
    with _explained(source):
        config = AutoConfig.from_pretrained(source.location, num_labels=labels, **_options(source))
        _check_layers(config)
        auto: Any = AutoModelForSequenceClassification
        with torch.device("meta"):
            model = auto.from_config(config, trust_remote_code=False)
    return sum(parameter.numel() for parameter in model.parameters())


def _check_layers(config: Any) -> None:
    """Make sure that a model has a number of layers that can be made.

    Raises:
        ValueError: it has not.
    """
    layers = getattr(config, "num_hidden_layers", 1)
    if not isinstance(layers, int) or not 0 < layers <= _MOST_LAYERS:
        raise ValueError(f"its config.json says that it has {layers} layers")


def _check_weights(model: PreTrainedModel, found: dict[str, Any]) -> None:
    """Make sure that below the classifier it is not mostly made of random numbers.

    Args:
        model: as it was loaded.
        found: what transformers tells of the loading.

    Raises:
        ValueError: the file has other weights than the configuration asks for.
    """
    prefix = model.base_model_prefix
    own = {f"{prefix}.{name}" for name in model.base_model.state_dict()}
    others = own.intersection(name for name, *_ in found["mismatched_keys"])
    if others:
        raise ValueError(f"{len(others)} of its weights have other shapes than its config.json says")
    missing = own.intersection(found["missing_keys"])
    if 2 * len(missing) > len(own):
        raise ValueError(f"{len(missing)} of {len(own)} weights that its config.json asks for are missing")


def _options(source: ModelSource) -> dict[str, Any]:
    return {
        "local_files_only": source.is_folder or not hub.is_reachable(),
        "trust_remote_code": False,
    }


def _longest_input(config: Any, tokenizer: PreTrainedTokenizerBase) -> int | None:
    positions = getattr(config, "max_position_embeddings", None)
    if not positions or positions < 0:
        return None
    return int(positions) - first_position(config)


def first_position(config: Any) -> int:
    """Position number of the first token: RoBERTa-like models count from behind the padding index."""
    return (config.pad_token_id or 0) + 1 if config.model_type in _OFFSET_POSITIONS else 0


_MOST_LAYERS = 1000
_PROBLEM_TYPES = ("single_label_classification", "multi_label_classification")
_ATTENTION_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout")
_OFFSET_POSITIONS = {
    "camembert",
    "data2vec-text",
    "longformer",
    "mpnet",
    "roberta",
    "roberta-prelayernorm",
    "xlm-roberta",
    "xlm-roberta-xl",
}


@contextlib.contextmanager
def _explained(source: ModelSource) -> Iterator[None]:
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        raise Problem(_reason(source, error), where=source.name, mend=_advice(source)) from error


def _reason(source: ModelSource, error: Exception) -> str:
    text = " ".join(str(error).split())
    if "trust_remote_code" in text:
        return "this model needs code of its own to be run, which is never done"
    if "safetensors" in text:
        return "its weights are not in the safetensors format, the only one that is loaded"
    if source.is_folder:
        what = "checkpoint" if source.is_checkpoint else "model in this folder"
        return f"the {what} cannot be loaded ({text[:200] or type(error).__name__})"
    if any(sign in text for sign in ("not a valid model identifier", "404", "Repository Not Found")):
        return "there is no such folder here and no such model on the Hub"
    return "the model is not on this machine and the Hub cannot be reached"


def _advice(source: ModelSource) -> str:
    if source.is_checkpoint:
        return f"Delete the folder {Path(source.location).name}, and resume from an earlier one."
    if source.is_folder:
        return "Choose a folder written by save_pretrained with safetensors weights."
    here = f"--model {MINILM} is installed here; or give" if bundled_minilm() else "Give"
    return (
        f"{here} a folder with a saved model (--model FOLDER), set HF_HOME to a cache that holds "
        f"{source.location}, or download it where there is a network."
    )
