"""Load the tokenizer and the classifier of a model, or say in a sentence why they cannot be loaded."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

import core.models.from_scratch  # noqa: F401 - registers the CNN and the RNN with the Auto classes
from core import hub
from core.config import MINILM, HeadChoice
from core.models import inference_settings
from core.models.catalog import ModelSource, bundled_minilm
from core.models.classification_head import Head, arrange_rows, output_layer, plan_head
from core.problems import Problem
from core.text.long_text import LongText
from core.upstream.transformers import load_failure, misshapen_weights, missing_weights


def load_tokenizer(
    source: ModelSource, max_length: int, long_text: LongText = "head"
) -> PreTrainedTokenizerBase:
    """Load the fast tokenizer of `source`.

    Args:
        source: where it is loaded from.
        max_length: maximum length in tokens; saved with the tokenizer.
        long_text: `tail` makes the tokenizer cut the beginning of long texts, every other policy the end. The
            `Encoder` implements the policies.

    Raises:
        Problem: it cannot be loaded, or the model cannot read texts of `max_length` tokens.
    """
    if not source.location:
        raise Problem("it has no tokenizer before a run is planned", where=source.name)
    with _explained(source):
        side = "left" if long_text == "tail" else "right"
        tokenizer: Any = AutoTokenizer.from_pretrained(
            source.location, truncation_side=side, **_options(source)
        )
        config = AutoConfig.from_pretrained(source.location, **_options(source))
        _check_layers(config)
    if not tokenizer.is_fast:
        raise Problem(
            "its tokenizer has no fast version, which is required",
            where=source.name,
            mend="Choose another model.",
        )
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
    """Check that a tokenizer has a vocabulary: where files are missing, transformers makes an empty one.

    Args:
        tokenizer: as it was loaded.
        where: its source, for the message.

    Raises:
        Problem: it has special tokens only.
    """
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise Problem(
            "the tokenizer is missing or has no vocabulary",
            where=where,
            mend="Save the tokenizer into the same folder, or choose another model.",
        )


def load_classifier(
    source: ModelSource,
    labels: list[str],
    attention_dropout: float | None = None,
    *,
    is_multi_label: bool = False,
    head: Head | None = None,
) -> PreTrainedModel:
    """Load a classifier in fp32 on the CPU.

    Args:
        source: where it is loaded from. With `is_new` all weights are initialised at random.
        labels: label names by label number.
        attention_dropout: dropout of the attention weights; None leaves the model's own.
        is_multi_label: whether a text may have several labels; written into the model's configuration.
        head: which rows of the output layer are kept. By default all, if there are as many as labels;
            otherwise all are new.

    Raises:
        Problem: it cannot be loaded, or its weights have the wrong checksum.
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
            model: PreTrainedModel = auto.from_config(config, dtype=torch.float32)
            return _named(model)
        model, found = auto.from_pretrained(
            source.location,
            config=config,
            output_loading_info=True,
            # An output layer of another number of labels is new.
            ignore_mismatched_sizes=True,
            dtype=torch.float32,
            use_safetensors=True,
            **_options(source),
        )
        _check_weights(model, found)
        if head is not None:
            _arrange_head(source, model, found, head)
    return _named(model)


def _named(model: PreTrainedModel) -> PreTrainedModel:
    """The model, whose configuration says that it is a classifier; before, it may name an encoder."""
    model.config.architectures = [type(model).__name__]
    return model


def _arrange_head(source: ModelSource, model: PreTrainedModel, found: dict[str, Any], head: Head) -> None:
    """Give `model` the rows of its output layer that `head` says.

    Args:
        source: where it was loaded from.
        model: as it was loaded, with the labels of the run.
        found: the loading report of transformers.
        head: the plan of its output layer.

    Raises:
        Problem: the weights of the model do not have the output layer that its config.json says.
    """
    names = output_layer(model.config)
    is_kept = any(row is not None for row in head.rows)
    is_new = bool(set(names) & (missing_weights(found) | misshapen_weights(found)))
    given, lacks = model, is_new
    if is_kept and head.given != len(head.rows):
        given, report = _as_saved(source)
        lacks = bool(set(names) & (missing_weights(report) | misshapen_weights(report)))
    if is_kept and lacks:
        raise Problem(
            f"its config.json names {head.given} labels, but its weights have no output layer for them",
            where=source.name,
            mend="Start a new head with --head new.",
        )
    if not (head.is_as_given or (is_new and not is_kept)):
        rows = {name: given.get_parameter(name).detach().clone() for name in names}
        arrange_rows(model, head.rows, rows)


def _as_saved(source: ModelSource) -> tuple[PreTrainedModel, dict[str, Any]]:
    """The classifier with its own labels, and the loading report of transformers."""
    auto: Any = AutoModelForSequenceClassification
    return auto.from_pretrained(  # type: ignore[no-any-return]
        source.location,
        output_loading_info=True,
        ignore_mismatched_sizes=True,
        dtype=torch.float32,
        use_safetensors=True,
        **_options(source),
    )


def choose_head(source: ModelSource, labels: list[str], choice: HeadChoice) -> Head | None:
    """Decide which rows of the output layer of a given model a run keeps; None if it is not a given model.

    A model that is trained from scratch has no rows, and a checkpoint that is resumed keeps all.

    Raises:
        Problem: its configuration cannot be loaded, or the rows cannot be kept as asked for.
    """
    if source.is_new or source.is_checkpoint:
        return None
    with _explained(source):
        config = AutoConfig.from_pretrained(source.location, **_options(source))
        content, _ = PreTrainedConfig.get_config_dict(source.location, **_options(source))
    if source.is_folder and (Path(source.location) / inference_settings.FILE).is_file():
        content.pop("architectures", None)  # an earlier version kept that of the encoder
    return plan_head(content, labels, choice, config.num_labels)


def load_saved(folder: Path) -> PreTrainedModel:
    """Load the classifier of a checkpoint or a finished model in fp32 on the CPU.

    Raises:
        OSError: the folder holds none, or not any more.
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
    """Count the parameters of a classifier without loading its weights.

    Raises:
        Problem: the configuration of the model cannot be loaded.
    """
    with _explained(source):
        config = AutoConfig.from_pretrained(source.location, num_labels=labels, **_options(source))
        _check_layers(config)
        auto: Any = AutoModelForSequenceClassification
        with torch.device("meta"):
            model = auto.from_config(config, trust_remote_code=False)
    return sum(parameter.numel() for parameter in model.parameters())


def _check_layers(config: Any) -> None:
    """Check that the number of layers is plausible, before memory is taken for them.

    Raises:
        ValueError: it is not.
    """
    layers = getattr(config, "num_hidden_layers", 1)
    if not isinstance(layers, int) or not 0 < layers <= _MOST_LAYERS:
        raise ValueError(f"its config.json says that it has {layers} layers")


def _check_weights(model: PreTrainedModel, found: dict[str, Any]) -> None:
    """Check that the encoder was loaded and not, for the most part, initialised at random.

    Args:
        model: as it was loaded.
        found: the loading report of transformers.

    Raises:
        ValueError: the weights in the file do not fit the configuration.
    """
    prefix = model.base_model_prefix
    own = {f"{prefix}.{name}" for name in model.base_model.state_dict()}
    others = own & misshapen_weights(found)
    if others:
        raise ValueError(f"{len(others)} of its weights have other shapes than its config.json says")
    missing = own & missing_weights(found)
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
    """Position id of the first token: RoBERTa and its relatives count from behind the padding id."""
    return (config.pad_token_id or 0) + 1 if config.model_type in _OFFSET_POSITIONS else 0


_MOST_LAYERS = 1000
_NOT_WRITABLE = {getattr(errno, name) for name in ("ENOENT", "ENOTDIR", "EACCES", "EPERM", "EROFS", "ENOSPC")}
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
        raise Problem(_reason(source, error), where=source.name, mend=_advice(source, error)) from error


def _reason(source: ModelSource, error: Exception) -> str:
    failure = load_failure(error)
    if failure == "needs code":
        return "this model needs code of its own, which is never run"
    if failure == "not safetensors":
        return "its weights are not in the safetensors format, the only one that is supported"
    if source.is_folder:
        what = "checkpoint" if source.is_checkpoint else "model in this folder"
        text = " ".join(str(error).split())
        return f"the {what} cannot be loaded ({text[:200] or type(error).__name__})"
    if (fault := _cache_fault(error)) is not None:
        return f"it cannot be stored in the cache of the Hub, {fault.filename} ({fault.strerror})"
    if failure == "unknown model":
        return "there is no such folder on this machine and no such model on the Hub"
    return "the model is not on this machine and the Hub cannot be reached"


def _cache_fault(error: BaseException | None) -> OSError | None:
    """The error of a cache that cannot be written, among the causes of `error`."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
            return error
        error = error.__cause__ or error.__context__
    return None


def _advice(source: ModelSource, error: Exception) -> str:
    if source.is_checkpoint:
        return f"Delete the folder {Path(source.location).name}, and resume from an earlier one."
    if source.is_folder:
        return "Choose a folder written by save_pretrained with safetensors weights."
    if _cache_fault(error) is not None:
        return "Set HF_HOME to a folder that can be written."
    here = f"Use --model {MINILM}, or give" if bundled_minilm() else "Give"
    return (
        f"{here} a folder with a saved model as --model, set HF_HOME to a cache that holds "
        f"{source.location}, or download it where there is a network."
    )
