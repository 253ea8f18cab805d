"""Training only the embeddings of used words gives the same model as training all of them."""

from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import PACKABLE, PAD, PADDED_ONLY, VOCABULARY, tiny
from transformers import AutoConfig, AutoModelForSequenceClassification

from core.models.training_layers import WordEmbeddings, train_used_embeddings

USED = np.array([PAD, 5, 6, 7, 20, 31, 88])


def batches(seed: int = 0, count: int = 5) -> list[dict[str, torch.Tensor]]:
    """Padded texts of used words, with labels."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        ids = generator.choice(USED[1:], (4, 12))
        mask = np.ones_like(ids)
        ids[2:, 9:], mask[2:, 9:] = PAD, 0
        found.append(
            {
                "input_ids": torch.from_numpy(ids),
                "attention_mask": torch.from_numpy(mask),
                "labels": torch.from_numpy(generator.integers(0, 3, 4)),
            }
        )
    return found


def train(model: Any, weight_decay: float = 0.0) -> None:
    """Train some steps with AdamW and clipped gradients."""
    model.train()
    optimizer = torch.optim.AdamW(
        [each for each in model.parameters() if each.requires_grad], lr=1e-2, weight_decay=weight_decay
    )
    for batch in batches():
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()


@pytest.mark.parametrize("kind", [kind for kind in PACKABLE + PADDED_ONLY if "gemma" not in kind])
def test_weights_equal_those_of_training_all_embeddings(kind: str) -> None:
    whole, ours = tiny(kind), tiny(kind)
    train_used_embeddings(ours, USED)
    assert isinstance(ours.get_input_embeddings(), WordEmbeddings)
    train(whole)
    train(ours)
    expected, found = whole.state_dict(), ours.state_dict()
    assert list(found) == list(expected)
    for name, weights in expected.items():
        torch.testing.assert_close(found[name], weights, msg=name)


def test_fewer_parameters_are_trained() -> None:
    model = tiny("bert")
    before = sum(each.numel() for each in model.parameters() if each.requires_grad)
    train_used_embeddings(model, USED)
    after = sum(each.numel() for each in model.parameters() if each.requires_grad)
    assert before - after == (VOCABULARY - len(USED)) * 32


def test_unused_words_keep_their_embeddings_and_can_be_used() -> None:
    model = tiny("bert")
    vectors = model.get_input_embeddings().weight.detach().clone()
    train_used_embeddings(model, USED)
    train(model, weight_decay=0.5)
    model.eval()
    unused = np.setdiff1d(np.arange(VOCABULARY), USED)
    after = model.state_dict()["bert.embeddings.word_embeddings.weight"]
    assert torch.equal(after[unused], vectors[unused])
    assert not torch.equal(after[USED[1:]], vectors[USED[1:]])
    same = tiny("bert")
    same.load_state_dict(model.state_dict())
    ids = torch.from_numpy(np.arange(2, 50))[None]
    torch.testing.assert_close(model(ids).logits, same(ids).logits)


def test_a_state_dict_of_the_stock_model_can_be_loaded_and_trained() -> None:
    other = tiny("bert", seed=3)
    model = tiny("bert")
    train_used_embeddings(model, USED)
    model.load_state_dict(other.state_dict())
    train(model)
    train(other)
    for name, weights in other.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], weights, msg=name)


def test_training_on_an_unused_word_is_an_error() -> None:
    model = tiny("bert")
    train_used_embeddings(model, USED)
    model.train()
    with pytest.raises(IndexError):
        model(torch.tensor([[5, 50]]))


def test_shared_embeddings_are_left_unchanged() -> None:
    config = AutoConfig.for_model(
        "bart", d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, vocab_size=VOCABULARY,
    )  # fmt: skip
    model = AutoModelForSequenceClassification.from_config(config)
    names = [name for name, each in model.named_parameters() if each.requires_grad]
    train_used_embeddings(model, USED)
    assert [name for name, each in model.named_parameters() if each.requires_grad] == names


def test_a_model_without_word_embeddings_is_left_unchanged() -> None:
    config = AutoConfig.for_model(
        "canine", hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        num_hash_buckets=32, num_hash_functions=2, max_position_embeddings=64,
    )  # fmt: skip
    model = AutoModelForSequenceClassification.from_config(config)
    train_used_embeddings(model, USED)
    assert all(each.requires_grad for each in model.parameters())
