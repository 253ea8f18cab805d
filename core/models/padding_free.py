"""Classifiers of transformers without padding: texts lie end to end in one row.

`pack(model)` is all that a program of yours needs; docs/padding-free.md says more.
"""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

from core.encoding.tokens import Ids, Types, of_rows
from core.models.from_scratch.classifier import FromScratchClassifier
from core.models.packed.architectures import first_position, obstacle, ways
from core.models.packed.layouts import TYPES, Layout, Packed, Padded
from core.models.packed.packing import Packing
from core.models.parity import difference, measure

_LENGTHS = (60, 41, 23, 11, 7, 7, 5, 3)


class PackingError(ValueError):
    """Why a classifier cannot compute without padding."""


def pack(model: PreTrainedModel, *, bf16: bool | None = None) -> Packing:
    """Let a classifier compute padded batches without their padding.

    `model(input_ids=…, attention_mask=…)` is called as before, for training and for prediction, and gives
    the same logits and gradients. Both are compared first, on random texts. The class and the weights of the
    model stay as they are: it is saved as any other.

    Args:
        model: any `AutoModelForSequenceClassification`, on its device.
        bf16: whether it computes in bfloat16, as under autocast; by default, whether its weights are.
            On a GPU packed attention needs it.

    Returns:
        The hooks; `remove()` changes the model back.

    Raises:
        PackingError: the architecture cannot be packed, or its packed logits or gradients differ.
    """
    if reason := obstacle(model):
        raise PackingError(reason)
    pad_id = model.config.get_text_config().pad_token_id or 0
    if bf16 is None:
        bf16 = model.dtype == torch.bfloat16
    words: Any = model.get_input_embeddings()
    rows = _random_texts(len(words.weight), pad_id)
    found = find_packing(model, pad_id, rows, bf16=bf16, trains=True)
    if isinstance(found, str):
        raise PackingError(found)
    found.takes_padded = True
    return found


def choose_layout(
    model: PreTrainedModel,
    pad_id: int,
    rows: Sequence[Ids],
    *,
    bf16: bool,
    types: Sequence[Types] | None = None,
    trains: bool = False,
) -> tuple[Layout, str]:
    """Pack texts if the model gives the same logits for packed as for padded texts; otherwise pad them.

    Args:
        model: a classifier on its device. If texts are packed, it is changed to compute without padding.
        pad_id: token id of padding.
        rows: token ids of texts of different lengths, on which both layouts are compared.
        bf16: whether the model will compute in bfloat16.
        types: token type ids of `rows`, if they are text pairs.
        trains: whether the gradients of the first layer are compared too.

    Returns:
        The layout, and why texts are padded ("" where that costs nothing, or they are packed).
    """
    if isinstance(model, FromScratchClassifier):
        return _layouts(model, pad_id)[0], ""  # padding costs them next to nothing
    found = find_packing(model, pad_id, rows, bf16=bf16, types=types, trains=trains)
    padded, packed = _layouts(model, pad_id)
    return (padded, found) if isinstance(found, str) else (packed, "")


def find_packing(
    model: PreTrainedModel,
    pad_id: int,
    rows: Sequence[Ids],
    *,
    bf16: bool,
    types: Sequence[Types] | None = None,
    trains: bool = False,
) -> Packing | str:
    """Pack the texts of a model, or say why they cannot be; see `choose_layout`."""
    reason = obstacle(model)
    if not reason and model.device.type == "cuda" and not bf16:
        reason = "packed attention on a GPU computes in bf16, and this model does not"
    if reason:
        return reason
    padded, packed = _layouts(model, pad_id)
    tokens = of_rows(rows, types)
    expected = measure(model, padded, tokens, bf16=bf16, trains=trains)
    for way in ways(model):
        packing = None
        try:
            packing = Packing(model, way)
            reason = difference(expected, measure(model, packed, tokens, bf16=bf16, trains=trains))
        except Exception as error:  # noqa: BLE001 - any error means that this model cannot be packed
            reason = f"its layers cannot take packed texts ({type(error).__name__}: {str(error)[:120]})"
        if not reason:
            assert packing is not None
            return packing
        if packing is not None:
            packing.remove()
    return reason


def _layouts(model: PreTrainedModel, pad_id: int) -> tuple[Padded, Packed]:
    knows_types = _knows_types(model)
    return (
        Padded(pad_id, knows_types=knows_types),
        Packed(first_position(model.config), knows_types=knows_types),
    )


def _knows_types(model: PreTrainedModel) -> bool:
    """Whether a model has types for the tokens of the first and the second text of a pair."""
    kinds = getattr(model.config, "type_vocab_size", None)
    return kinds != 1 and TYPES in inspect.signature(model.forward).parameters


def _random_texts(words: int, pad_id: int) -> list[Ids]:
    """Token ids of texts of different lengths, none of which is that of padding."""
    random = np.random.default_rng(0)
    rows = (random.integers(0, words - 1, length).astype(np.int32) for length in _LENGTHS)
    return [np.where(row >= pad_id, row + 1, row) for row in rows]
