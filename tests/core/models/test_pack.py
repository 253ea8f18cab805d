"""`pack` changes a stock classifier so that padded batches are computed without padding, and back."""

from typing import Any

import pytest
import torch
from tiny_models import PACKABLE, PAD, PADDED_ONLY, rows_of, tiny

from core.models.packed.layouts import Padded
from core.models.padding_free import PackingError, pack


def padded(side: str = "right") -> dict[str, Any]:
    """A padded batch as a tokenizer makes it, with labels."""
    inputs = Padded(PAD, knows_types=False).inputs(rows_of())
    if side == "left":
        inputs = {name: tensor.flip(1) for name, tensor in inputs.items()}
    return inputs | {"labels": torch.arange(8) % 3}


@pytest.mark.parametrize("kind", PACKABLE)
def test_a_packed_classifier_takes_padded_batches(kind: str) -> None:
    plain, model = tiny(kind), tiny(kind)
    packing = pack(model)
    expected, found = plain(**padded()), model(**padded())
    torch.testing.assert_close(found.logits, expected.logits, atol=1e-5, rtol=1e-4)
    expected.loss.backward()
    found.loss.backward()
    for (name, one), other in zip(plain.named_parameters(), model.named_parameters(), strict=True):
        torch.testing.assert_close(one.grad, other[1].grad, atol=1e-5, rtol=1e-3, msg=name)
    packing.remove()
    with torch.inference_mode():
        assert torch.equal(model(**padded()).logits, plain(**padded()).logits)


def test_padding_is_not_computed() -> None:
    model = tiny("modernbert")
    pack(model)
    seen: list[torch.Size] = []
    model.model.layers[0].register_forward_pre_hook(lambda module, args: seen.append(args[0].shape))
    batch = padded()
    model(**batch)
    assert seen == [(1, int(batch["attention_mask"].sum()), 32)]


def test_inputs_by_order_and_padding_on_the_left_are_understood() -> None:
    plain, model = tiny("llama"), tiny("llama")
    pack(model)
    batch = padded("left")
    with torch.inference_mode():
        expected = plain(batch["input_ids"], batch["attention_mask"]).logits
        found = model(batch["input_ids"], batch["attention_mask"]).logits
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", PADDED_ONLY)
def test_what_cannot_be_packed_is_said(kind: str) -> None:
    model = tiny(kind)
    with pytest.raises(PackingError, match=f"^{kind} "):
        pack(model)


def test_embeddings_and_other_masks_are_refused() -> None:
    model = tiny("bert")
    pack(model)
    with pytest.raises(ValueError, match="not their embeddings"):
        model(inputs_embeds=torch.zeros(1, 3, 32))
    with pytest.raises(ValueError, match="attention_mask has shape"):
        model(input_ids=torch.ones(2, 3, dtype=torch.long), attention_mask=torch.ones(2, 1, 3, 3))
