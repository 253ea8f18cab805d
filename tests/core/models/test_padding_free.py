"""Packed texts give the same logits, gradients and weights as padded ones. Other models use padding."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import LENGTHS, PACKABLE, PAD, PADDED_ONLY, VOCABULARY, rows_of, tiny
from transformers import AutoModelForSequenceClassification, BertForSequenceClassification
from transformers.modeling_utils import PreTrainedModel

from core.encoding.tokens import Ids, of_rows
from core.models.logits import compute_logits
from core.models.packed.attention import KEYWORD, NAME
from core.models.packed.layouts import Layout, Packed, Padded
from core.models.packed.texts import PackedTexts
from core.models.padding_free import choose_layout
from core.models.parity import pick_parity_texts

ROWS = rows_of()


def packed(model: PreTrainedModel) -> Layout:
    layout, reason = choose_layout(model, PAD, ROWS, bf16=False)
    assert (reason, layout.is_packed) == ("", True)
    return layout


def hooks(model: torch.nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())


def inputs(layout: Layout, rows: list[Ids]) -> tuple[dict[str, Any], torch.Tensor]:
    """Inputs of one micro-batch with labels, and the text index of each row of its logits."""
    (order,) = layout.divide(np.array([len(row) for row in rows]), 100_000)
    made = layout.inputs([rows[index] for index in order])
    return made | {"labels": torch.from_numpy(order % 3)}, torch.from_numpy(order)


def train(model: PreTrainedModel, layout: Layout, steps: int) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    model.train()
    for step in range(steps):
        made, _ = inputs(layout, rows_of(seed=step))
        model(**made).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()


@pytest.mark.parametrize("kind", PACKABLE)
class TestPackable:
    def test_logits_equal_those_of_padded_texts(self, kind: str) -> None:
        plain, model = tiny(kind), tiny(kind)
        layout = packed(model)
        rows = rows_of(range(1, 40), seed=1)
        expected = compute_logits(plain, Padded(PAD), of_rows(rows), bf16=False)
        found = compute_logits(model, layout, of_rows(rows), bf16=False)
        np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-5)
        assert np.abs(expected).max() > 0.1

    def test_gradients_equal_those_of_padded_texts(self, kind: str) -> None:
        plain, model = tiny(kind).train(), tiny(kind)
        layout = packed(model)
        model.train()
        for each, how in ((plain, Padded(PAD)), (model, layout)):
            each(**inputs(how, ROWS)[0]).loss.backward()
        for (name, one), other in zip(plain.named_parameters(), model.parameters(), strict=True):
            assert (one.grad is None) == (other.grad is None), name
            if one.grad is not None:
                torch.testing.assert_close(other.grad, one.grad, atol=1e-5, rtol=1e-4, msg=name)

    def test_training_gives_the_weights_of_padded_training(self, kind: str) -> None:
        # Double precision, because fp32 rounding differences grow from step to step.
        plain, model = tiny(kind).double(), tiny(kind).double()
        layout = packed(model)
        train(plain, Padded(PAD), 5)
        train(model, layout, 5)
        for name, weight in plain.state_dict().items():
            # The norm of Gemma computes in fp32.
            limit = 1e-5 if kind == "gemma3_text" else 1e-9
            torch.testing.assert_close(model.state_dict()[name], weight, atol=limit, rtol=limit, msg=name)
        assert not torch.equal(next(model.parameters()), next(tiny(kind).double().parameters()))

    def test_no_text_affects_the_logits_of_another(self, kind: str) -> None:
        """The other logits are bit-identical after one text is changed."""
        model = tiny(kind)
        layout = packed(model)
        made, order = inputs(layout, ROWS)
        with torch.inference_mode():
            before = model(**made).logits
            for index in range(len(ROWS)):
                changed = [(row + 7) % VOCABULARY if at == index else row for at, row in enumerate(ROWS)]
                after = model(**inputs(layout, changed)[0]).logits
                differs = (after != before).any(-1)
                assert order[differs].tolist() == [index]

    def test_no_gradient_reaches_another_text(self, kind: str) -> None:
        model = tiny(kind)
        layout = packed(model)
        embedded: list[torch.Tensor] = []
        model.get_input_embeddings().register_forward_hook(
            lambda module, args, output: (output.retain_grad(), embedded.append(output))[1]
        )
        made, _ = inputs(layout, ROWS)
        logits = model(**made).logits
        offsets = made[KEYWORD].offsets.tolist()
        logits[2].sum().backward()
        reached = embedded[0].grad[0].abs().sum(-1).nonzero().flatten().tolist()
        assert reached == list(range(offsets[2], offsets[3]))

    def test_a_saved_model_is_a_stock_model(self, kind: str, tmp_path: Path) -> None:
        model = tiny(kind)
        layout = packed(model)
        found = compute_logits(model, layout, of_rows(ROWS), bf16=False)
        model.save_pretrained(tmp_path)
        assert NAME not in (tmp_path / "config.json").read_text()
        stock = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
        assert (stock.config._attn_implementation, hooks(stock)) == ("sdpa", 0)
        assert type(stock) is type(model)
        expected = compute_logits(stock, Padded(PAD), of_rows(ROWS), bf16=False)
        np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-5)

    def test_missing_text_boundaries_are_an_error(self, kind: str) -> None:
        model = tiny(kind)
        made, _ = inputs(packed(model), ROWS)
        del made[KEYWORD]
        with pytest.raises(RuntimeError, match="where the texts lie"):
            model(**made)

    def test_bfloat16_logits_are_close_to_fp32(self, kind: str) -> None:
        model = tiny(kind)
        expected = compute_logits(model, Padded(PAD), of_rows(ROWS), bf16=False)
        layout, reason = choose_layout(model, PAD, ROWS, bf16=True)
        assert reason == ""
        found = compute_logits(model, layout, of_rows(ROWS), bf16=True)
        assert np.abs(found - expected).max() <= 0.05 * max(1, np.abs(expected).max())


@pytest.mark.parametrize("kind", PADDED_ONLY)
def test_unsupported_architectures_use_padding(kind: str) -> None:
    model = tiny(kind)
    usual, expected = model.config._attn_implementation, logits_of(model)
    layout, reason = choose_layout(model, PAD, ROWS, bf16=False)
    assert not layout.is_packed
    assert kind in reason
    assert (model.config._attn_implementation, hooks(model)) == (usual, 0)
    np.testing.assert_array_equal(logits_of(model), expected)


def logits_of(model: PreTrainedModel) -> np.ndarray:
    return compute_logits(model, Padded(PAD), of_rows(ROWS), bf16=False)


class WithoutPositionReset(BertForSequenceClassification):
    """Counts positions from the beginning of the row, not of each text."""

    def forward(self, position_ids: Any = None, **options: Any) -> Any:
        if position_ids is not None:
            position_ids = torch.arange(position_ids.shape[1])[None] % 60
        return super().forward(position_ids=position_ids, **options)


class WithoutBoundaries(BertForSequenceClassification):
    """Its attention takes all tokens of the row for one text."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        for layer in self.bert.encoder.layer:
            layer.attention.self.register_forward_pre_hook(self._forget, with_kwargs=True)

    def _forget(self, module: Any, args: Any, options: dict[str, Any]) -> Any:
        if KEYWORD in options:
            options[KEYWORD] = PackedTexts.of(np.array([args[0].shape[1]]))
        return args, options


class WithTwoInputs(BertForSequenceClassification):
    """Fails when it gets other inputs than these two."""

    def forward(self, input_ids: Any = None, attention_mask: Any = None) -> Any:
        return super().forward(input_ids, attention_mask)


class WithOtherLayers(WithTwoInputs):
    """Its layers are built differently, like those of DistilBERT."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        for layer in self.bert.encoder.layer:
            layer.attention.out_lin = layer.attention.output
            del layer.attention.output
            layer.attention.forward = self._through(layer.attention)

    def _through(self, module: Any) -> Any:
        def forward(states: torch.Tensor, *args: Any, **options: Any) -> Any:
            attended, probabilities = module.self(states, *args, **options)
            return module.out_lin(attended, states), probabilities

        return forward


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (WithoutPositionReset, "packed logits differ"),
        (WithoutBoundaries, "packed logits differ"),
        (WithTwoInputs, "cannot take packed texts"),
        (WithOtherLayers, "cannot take packed texts"),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_a_model_that_fails_the_parity_check_is_left_unchanged(
    kind: type[PreTrainedModel], said: str, training: bool
) -> None:
    model = kind(tiny("bert").config)
    model.load_state_dict(
        {name.replace("attention.output", "attention.out_lin"): tensor for name, tensor in STATE.items()}
        if kind is WithOtherLayers
        else STATE
    )
    model.eval()
    before, expected = hooks(model), logits_of(model)
    model.train(training)
    layout, reason = choose_layout(model, PAD, ROWS, bf16=False)
    assert said in reason
    assert "\n" not in reason
    assert not layout.is_packed
    assert (model.config._attn_implementation, hooks(model)) == ("sdpa", before)
    assert model.training == training
    model.eval()
    np.testing.assert_array_equal(logits_of(model), expected)


STATE = tiny("bert").state_dict()


@pytest.mark.parametrize("kind", [WithoutPositionReset, WithoutBoundaries])
@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_parity_check_works_with_the_small_logits_of_a_new_head(
    kind: type[PreTrainedModel], bf16: bool, seed: int
) -> None:
    config = tiny("bert", hidden_size=64, intermediate_size=128).config
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config.initializer_range = 0.2
        model = kind(config).eval()
        torch.nn.init.normal_(model.classifier.weight, std=0.02)
    assert np.abs(logits_of(model)).max() < 0.5
    layout, reason = choose_layout(model, PAD, ROWS, bf16=bf16)
    assert "packed logits differ" in reason
    assert not layout.is_packed


def test_relative_positions_use_padding() -> None:
    model = tiny("bert")
    model.config.position_embedding_type = "relative_key"
    layout, reason = choose_layout(model, PAD, ROWS, bf16=False)
    assert not layout.is_packed
    assert reason == "this bert adds the distances between tokens to its attention scores"


def test_positions_of_roberta_start_after_its_padding_index() -> None:
    layout = packed(tiny("roberta"))
    assert isinstance(layout, Packed)
    assert layout.inputs([ROWS[0]])["position_ids"].tolist() == [[2, 3, 4]]


def test_texts_for_the_parity_check_cover_all_lengths() -> None:
    lengths = np.random.default_rng(0).permutation(100)
    picked = lengths[pick_parity_texts(lengths)].tolist()
    assert len(picked) == len(LENGTHS)
    assert picked == sorted(picked)
    assert (picked[0], picked[-1]) == (0, 99)
    assert pick_parity_texts(np.array([3, 1])) == [1, 0]
    assert pick_parity_texts(np.array([3])) == [0]
