"""transformers still does what `core/upstream/transformers.py` relies on without a promise."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub.errors import RepositoryNotFoundError
from tiny_models import PACKABLE, PADDED_ONLY, tiny
from torch import Tensor
from transformers import (
    AttentionInterface,
    AutoConfig,
    AutoModelForSequenceClassification,
    MistralConfig,
    PreTrainedConfig,
    PreTrainedModel,
)

from core.models.from_scratch import CnnConfig, CnnForSequenceClassification
from core.upstream import transformers as names

IDS = torch.tensor([[5, 6, 7, 8]])
Seen = dict[str, Any]


@pytest.fixture
def seen() -> Seen:
    """What an attention function of ours, registered as `spy`, was last called with."""
    found: Seen = {}

    def spy(
        module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, **options: Any
    ) -> tuple[Any, Any]:
        found.update(options, module=module, query=query, mask=mask)
        return query.transpose(1, 2), None

    AttentionInterface.register("spy", spy)
    return found


def test_the_attention_in_use_is_named_in_the_configuration() -> None:
    model = tiny("bert")
    model.set_attn_implementation("eager")
    assert names.attention_of(model) == "eager", (
        "`config._attn_implementation` no longer names the attention of a model: change `attention_of`"
    )


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta"])
def test_models_say_that_they_take_attention_functions(kind: str) -> None:
    assert names.takes_attention_functions(tiny(kind)), (
        f"`_supports_attention_backend` of {kind} is gone or False: texts would be padded, which is slower. "
        "Find how transformers marks such models now, and change `takes_attention_functions`"
    )


@pytest.mark.parametrize("kind", PACKABLE + PADDED_ONLY)
def test_the_layers_have_their_place(kind: str) -> None:
    layers = names.layers_of(tiny(kind))
    # ALBERT, whose layers share their weights, has one group of them.
    assert layers is not None, f"the layers of {kind} are elsewhere: change `stack_of`"
    assert len(layers) == (1 if kind == "albert" else 2), f"those are not the layers of {kind}"


@pytest.mark.parametrize("kind", ["bert", "distilbert", "llama", "modernbert"])
def test_keywords_of_a_forward_pass_reach_attention_and_stack(kind: str, seen: Seen) -> None:
    model = tiny(kind)
    model.set_attn_implementation("spy")
    reached: Seen = {}
    names.stack_of(model.base_model).register_forward_hook(
        lambda module, args, kwargs, output: reached.update(kwargs, output=output), with_kwargs=True
    )
    model(input_ids=IDS, mark="here")
    assert seen.get("mark") == "here", (
        f"{kind} no longer hands keywords to the attention function: packed texts need that"
    )
    assert reached.get("mark") == "here", f"{kind} no longer hands keywords to its stack of layers"
    assert isinstance(reached["output"].last_hidden_state, Tensor), (
        "the output of a stack has no `last_hidden_state`: change `Packing`"
    )
    assert seen["query"].ndim == 4, "queries are no longer of shape (texts, heads, tokens, width)"
    assert seen["mask"] is None, f"{kind} makes a mask for an attention function that it does not know"


def test_the_layers_of_bert_are_built_as_the_last_one_is_narrowed() -> None:
    model = tiny("bert")
    last: Any = names.layers_of(model)[-1]  # type: ignore[index]
    states = []
    try:
        last.attention.output.register_forward_pre_hook(lambda module, args: states.append(args))
    except AttributeError as error:
        pytest.fail(f"a BERT layer is built differently ({error}): change `Packing`")
    model(input_ids=IDS)
    assert [state.shape[:2] for state in states[0]] == [(1, 4), (1, 4)], (
        "what is behind attention no longer takes its output and the residual as two positional tensors"
    )


@pytest.mark.parametrize("kind", ["llama", "gpt2", "modernbert", "gte"])
def test_the_last_layer_of_others_has_an_mlp(kind: str) -> None:
    model = tiny(kind)
    last: Any = names.layers_of(model)[-1]  # type: ignore[index]
    seen: list[tuple[Any, Tensor]] = []
    last.mlp.register_forward_hook(lambda module, args, output: seen.append((args, output)))
    model(input_ids=IDS)
    assert [each.shape[:2] for each in seen[0][0]] == [(1, 4)], f"the MLP of {kind} takes more than states"
    assert seen[0][1].shape[:2] == (1, 4), f"the MLP of {kind} gives more than states"


def test_models_ask_for_other_attention_by_options(seen: Seen) -> None:
    model = tiny("gemma2")
    model.set_attn_implementation("spy")
    model(input_ids=IDS)
    assert "softcap" in names.OTHER_ATTENTION
    assert seen.get("softcap"), "`softcap` is no longer an option: scores would not be capped, in silence"


def test_models_ask_for_windows_and_for_no_later_token(seen: Seen) -> None:
    config = MistralConfig(
        vocab_size=20,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        sliding_window=3,
        pad_token_id=0,
    )
    model: Any = AutoModelForSequenceClassification.from_config(config)
    model.set_attn_implementation("spy")
    model(input_ids=IDS)
    assert seen.get("sliding_window") == 3, (
        "`sliding_window` is no longer an option of attention functions: it would be ignored in silence"
    )
    assert seen["module"].is_causal, "decoders no longer set `is_causal`: packed texts would see what follows"


def test_a_model_without_word_embeddings_says_so() -> None:
    class Bare(PreTrainedModel):
        config_class = PreTrainedConfig

    with pytest.raises(NotImplementedError):
        Bare(PreTrainedConfig()).get_input_embeddings()  # another error is not caught by word_embeddings_of
    assert names.word_embeddings_of(Bare(PreTrainedConfig())) is None


def test_weights_are_drawn_by_the_hook_of_the_model() -> None:
    """`PreTrainedModel._init_weights` is overridden for the CNN and the RNN."""
    config = CnnConfig(vocab_size=2000, embedding_size=32, initializer_range=0.5, num_labels=2)
    model: Any = AutoModelForSequenceClassification.from_config(config)
    assert isinstance(model, CnnForSequenceClassification)
    weight = model.get_input_embeddings().weight
    assert float(weight[1:].detach().std()) == pytest.approx(0.5, rel=0.05), (
        "`_init_weights` is no longer called for new models: the CNN and the RNN would start differently"
    )
    assert not weight[0].any(), "`_init_weights` no longer has the last word on the row of padding"


def test_the_report_of_loading_names_missing_and_misshapen_weights(tmp_path: Path) -> None:
    model = tiny("bert")
    model.save_pretrained(tmp_path)
    config = AutoConfig.from_pretrained(
        tmp_path, num_labels=5, num_hidden_layers=model.config.num_hidden_layers + 1
    )
    auto: Any = AutoModelForSequenceClassification
    _, report = auto.from_pretrained(
        tmp_path, config=config, output_loading_info=True, ignore_mismatched_sizes=True
    )
    assert "classifier.weight" in names.misshapen_weights(report), (
        "`mismatched_keys` of the loading report no longer begin with the name of a weight"
    )
    layer = f"bert.encoder.layer.{model.config.num_hidden_layers}."
    assert any(name.startswith(layer) for name in names.missing_weights(report)), (
        "`missing_keys` of the loading report no longer hold the names of weights"
    )


def load(folder: Path | str, **options: Any) -> Exception:
    auto: Any = AutoModelForSequenceClassification
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its class is what transformers does not promise
        auto.from_pretrained(folder, trust_remote_code=False, use_safetensors=True, **options)
    return caught.value


def test_the_refusal_of_a_model_with_code(tmp_path: Path) -> None:
    config = {"model_type": "made", "auto_map": {"AutoConfig": "made.Config"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "made.py").write_text("")
    error = load(tmp_path)
    assert names.load_failure(error) == "needs code", f"the refusal of remote code has another text: {error}"


def test_the_refusal_of_weights_that_are_not_safetensors(tmp_path: Path) -> None:
    model = tiny("bert")
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    error = load(tmp_path)
    assert names.load_failure(error) == "not safetensors", f"missing safetensors have another text: {error}"


def test_the_refusal_of_a_name_that_the_hub_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    class Response:
        headers: dict[str, str] = {}  # noqa: RUF012
        request = None
        status_code = 404
        text = ""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RepositoryNotFoundError("404 Client Error", response=Response())  # type: ignore[arg-type]

    monkeypatch.setattr("transformers.utils.hub.hf_hub_download", refuse)
    error = load("nobody/nothing")
    assert names.load_failure(error) == "unknown model", f"an unknown model has another text: {error}"


def test_other_failures_have_no_name() -> None:
    assert names.load_failure(OSError("We couldn't connect to 'https://huggingface.co'")) == "other"
