"""Load the classifier of a model, or say in a sentence why it cannot be loaded."""

from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
)

import core.models.from_scratch  # noqa: F401 - registers the CNN and the RNN with the Auto classes
from core.config import HeadChoice
from core.models import inference_settings
from core.models.catalog import ModelSource
from core.models.classification_head import Head, arrange_rows, output_layer, plan_head
from core.models.load_problems import check_layers, explained, load_options
from core.models.padding_token import tell_padding
from core.problems import Problem
from core.upstream.transformers import misshapen_weights, missing_weights

_PROBLEM_TYPES = ("single_label_classification", "multi_label_classification")
_ATTENTION_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout")


def load_classifier(
    source: ModelSource,
    labels: list[str],
    attention_dropout: float | None = None,
    *,
    is_multi_label: bool = False,
    head: Head | None = None,
    pad_id: int | None = None,
) -> PreTrainedModel:
    """Load a classifier in fp32 on the CPU.

    Args:
        source: where it is loaded from. With `is_new` all weights are initialised at random.
        labels: label names by label number.
        attention_dropout: dropout of the attention weights; None leaves the model's own.
        is_multi_label: whether a text may have several labels; written into the model's configuration.
        head: which rows of the output layer are kept. By default all, if there are as many as labels;
            otherwise all are new.
        pad_id: token id of padding of its tokenizer, written into the model's configuration.

    Raises:
        Problem: it cannot be loaded, or its weights have the wrong checksum.
    """
    source.verify()
    with explained(source):
        config = AutoConfig.from_pretrained(
            source.location,
            num_labels=len(labels),
            id2label=dict(enumerate(labels)),
            label2id={label: index for index, label in enumerate(labels)},
            problem_type=_PROBLEM_TYPES[is_multi_label],
            **load_options(source),
        )
        check_layers(config)
        tell_padding(config, pad_id)
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
            **load_options(source),
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
        **load_options(source),
    )


def choose_head(
    source: ModelSource, labels: list[str], choice: HeadChoice, *, is_multi_label: bool = False
) -> Head | None:
    """Decide which rows of the output layer of a given model a run keeps; None if it is not a given model.

    A model that is trained from scratch has no rows, and a checkpoint that is resumed keeps all.

    Raises:
        Problem: its configuration cannot be loaded, or the rows cannot be kept as asked for.
    """
    if source.is_new or source.is_checkpoint:
        return None
    with explained(source):
        config = AutoConfig.from_pretrained(source.location, **load_options(source))
        content, _ = PreTrainedConfig.get_config_dict(source.location, **load_options(source))
    if source.is_folder and (Path(source.location) / inference_settings.FILE).is_file():
        content.pop("architectures", None)  # an earlier version kept that of the encoder
    return plan_head(content, labels, choice, config.num_labels, is_multi_label=is_multi_label)


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
    with explained(source):
        config = AutoConfig.from_pretrained(source.location, num_labels=labels, **load_options(source))
        check_layers(config)
        auto: Any = AutoModelForSequenceClassification
        with torch.device("meta"):
            model = auto.from_config(config, trust_remote_code=False)
    return sum(parameter.numel() for parameter in model.parameters())


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
