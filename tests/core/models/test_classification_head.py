"""The classification head of a given model: rows follow label names, and others are new."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import PAD, tiny
from transformers import (
    AutoConfig,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    PreTrainedModel,
    set_seed,
)

from core.config import HeadChoice
from core.models.catalog import resolve
from core.models.classification_head import match_rows
from core.models.loading import choose_head, load_classifier
from core.problems import Problem

KINDS = ["bert", "roberta", "distilbert", "modernbert", "mpnet", "gpt2", "bertcls-cnn", "bertcls-rnn"]
IDS = torch.tensor([[5, 6, 7, 8], [9, 5, 7, 6]])


def classifier(kind: str, names: list[str], **settings: Any) -> PreTrainedModel:
    """A small classifier with these labels."""
    labels = {"id2label": dict(enumerate(names)), "label2id": {name: row for row, name in enumerate(names)}}
    if kind in ("gpt2", "bertcls-cnn", "bertcls-rnn"):
        size = {"n_embd": 32, "n_layer": 2, "n_head": 2} if kind == "gpt2" else {}
        config = AutoConfig.for_model(kind, vocab_size=90, pad_token_id=PAD, **size, **labels, **settings)
        return AutoModelForSequenceClassification.from_config(config).eval()  # type: ignore[no-any-return]
    model = tiny(kind)
    config = type(model.config).from_dict(model.config.to_dict() | labels | settings)
    return AutoModelForSequenceClassification.from_config(config).eval()  # type: ignore[no-any-return]


def loaded(
    folder: Path, labels: list[str], choice: HeadChoice = "auto", **options: Any
) -> tuple[PreTrainedModel, str]:
    """The model as a run loads it, and the sentence of the plan."""
    source = resolve(str(folder))
    head = choose_head(source, labels, choice)
    assert head is not None
    set_seed(1)
    return load_classifier(source, labels, head=head, **options).eval(), head.reason


def logits(model: PreTrainedModel) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = model(input_ids=IDS, attention_mask=torch.ones_like(IDS)).logits
    return found


def with_config(folder: Path, **changes: Any) -> None:
    content = json.loads((folder / "config.json").read_text()) | changes
    kept = {key: value for key, value in content.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(kept))


def test_rows_of_another_task_are_said(tmp_path: Path) -> None:
    names = ["negative", "positive"]
    classifier("bert", names, problem_type="multi_label_classification").save_pretrained(tmp_path)
    source = resolve(str(tmp_path))
    one, several = (choose_head(source, names, "auto", is_multi_label=each) for each in (False, True))
    assert one is not None
    assert several is not None
    assert "They were trained for several labels a text; here a text has one." in one.reason
    assert "--head new" in one.reason
    assert "trained for" not in several.reason


@pytest.mark.parametrize("kind", KINDS)
def test_rows_follow_their_label_names_in_every_architecture(kind: str, tmp_path: Path) -> None:
    model = classifier(kind, ["positive", "neutral", "negative"])
    model.save_pretrained(tmp_path)
    expected = logits(model)
    swapped, reason = loaded(tmp_path, ["negative", "neutral", "positive"])
    torch.testing.assert_close(logits(swapped), expected[:, [2, 1, 0]], rtol=0, atol=1e-6)
    assert "rows for 'negative', 'neutral', 'positive' kept by label name" in reason
    assert swapped.config.id2label == {0: "negative", 1: "neutral", 2: "positive"}
    fewer, reason = loaded(tmp_path, ["Negative ", "positive"])
    torch.testing.assert_close(logits(fewer), expected[:, [2, 0]], rtol=0, atol=1e-6)
    assert "'neutral' of the model dropped" in reason
    more, reason = loaded(tmp_path, ["mixed", "negative", "neutral", "positive"])
    torch.testing.assert_close(logits(more)[:, 1:], expected[:, [2, 1, 0]], rtol=0, atol=1e-6)
    assert "new row for 'mixed'" in reason
    again, _ = loaded(tmp_path, ["mixed", "negative", "neutral", "positive"])
    assert torch.equal(logits(again), logits(more))


def test_labels_in_the_same_order_keep_every_bit(tmp_path: Path) -> None:
    classifier("bert", ["bad", "fair", "good"]).save_pretrained(tmp_path)
    kept, _ = loaded(tmp_path, ["bad", "fair", "good"])
    before = load_classifier(resolve(str(tmp_path)), ["bad", "fair", "good"]).state_dict()
    assert all(torch.equal(weights, before[name]) for name, weights in kept.state_dict().items())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id2label": {"0": "ham", "1": "spam"}}, "none of the model's labels 'ham', 'spam' is one of"),
        ({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "label2id": None}, "names no labels"),
        ({"id2label": None, "label2id": None}, "names no labels"),
        ({"id2label": {"1": "no", "2": "yes"}, "label2id": None}, "numbers its labels 1 to 2"),
        ({"label2id": {"no": 1, "yes": 0}}, "id2label and label2id of its config.json contradict"),
        ({"problem_type": "regression"}, "one for regression"),
        ({"architectures": ["BertForTokenClassification"]}, "a BertForTokenClassification with a head"),
        ({"architectures": ["ElectraModel"]}, "an ElectraModel without one"),
    ],
)
def test_a_head_without_the_labels_of_the_data_is_new(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    model = classifier("bert", ["no", "yes"])
    model.save_pretrained(tmp_path)
    if "ham" in str(changes):
        changes = changes | {"label2id": {"ham": 0, "spam": 1}}
    with_config(tmp_path, **changes)
    found, reason = loaded(tmp_path, ["no", "yes"])
    assert reason.startswith("classification head: new, because ")
    assert sentence in reason
    given = model.get_parameter("classifier.weight")
    new = found.get_parameter("classifier.weight")
    assert not any(torch.equal(row, old) for row in new for old in given)
    assert torch.equal(loaded(tmp_path, ["no", "yes"])[0].get_parameter("classifier.weight"), new)
    assert torch.equal(
        found.base_model.embeddings.word_embeddings.weight, model.get_input_embeddings().weight
    )
    assert found.config.problem_type == "single_label_classification"


@pytest.mark.parametrize("auto", [AutoModelForTokenClassification, AutoModelForMaskedLM])
def test_a_model_for_another_task_gets_a_new_head(tmp_path: Path, auto: Any) -> None:
    model = auto.from_config(tiny("bert").config)
    model.save_pretrained(tmp_path)
    found, reason = loaded(tmp_path, ["B", "I", "O"])
    assert f"a {type(model).__name__} with a head of another kind" in reason
    if auto is AutoModelForTokenClassification:
        assert not torch.equal(found.get_parameter("classifier.weight"), model.classifier.weight)


def test_names_come_from_label2id_where_id2label_is_missing(tmp_path: Path) -> None:
    model = classifier("bert", ["yes", "no"])
    model.save_pretrained(tmp_path)
    with_config(tmp_path, id2label=None, num_labels=2)
    found, reason = loaded(tmp_path, ["no", "yes"])
    assert "kept by label name" in reason
    torch.testing.assert_close(logits(found), logits(model)[:, [1, 0]], rtol=0, atol=1e-6)


def test_a_regression_model_of_one_output_gets_a_new_head(tmp_path: Path) -> None:
    classifier("bert", ["stars"]).save_pretrained(tmp_path)
    found, reason = loaded(tmp_path, ["stars", "stripes"])
    assert "one for regression" in reason
    assert found.config.num_labels == 2


def test_the_head_can_be_kept_by_position_or_started_anew(tmp_path: Path) -> None:
    model = classifier("bert", ["LABEL_0", "LABEL_1"])
    model.save_pretrained(tmp_path)
    _, reason = loaded(tmp_path, ["no", "yes"])
    assert "--head keep keeps its rows by position" in reason
    kept, reason = loaded(tmp_path, ["no", "yes"], "keep")
    assert torch.equal(logits(kept), logits(model))
    assert "kept by position for 'no', 'yes'" in reason
    with pytest.raises(Problem, match="the model has 2 labels, the data have 3 labels"):
        loaded(tmp_path, ["a", "b", "c"], "keep")
    named = classifier("bert", ["no", "yes"])
    named.save_pretrained(tmp_path)
    new, reason = loaded(tmp_path, ["no", "yes"], "new")
    assert reason == "classification head: new, as --head new asks for."
    assert not torch.equal(logits(new), logits(named))


@pytest.mark.parametrize("labels", [["bad", "good"], ["bad", "fair", "good"]])
def test_weights_without_the_output_layer_of_their_configuration_are_refused(
    tmp_path: Path, labels: list[str]
) -> None:
    tiny("bert").base_model.save_pretrained(tmp_path)
    with_config(
        tmp_path,
        architectures=["BertForSequenceClassification"],
        id2label={"0": "bad", "1": "good"},
        label2id={"bad": 0, "good": 1},
    )
    with pytest.raises(Problem, match="names 2 labels, but its weights have no output layer"):
        loaded(tmp_path, labels)
    assert loaded(tmp_path, labels, "new")[0].config.num_labels == len(labels)


@pytest.mark.parametrize("was_multi_label", [False, True])
def test_the_problem_type_is_that_of_the_run(tmp_path: Path, was_multi_label: bool) -> None:
    kinds = ("single_label_classification", "multi_label_classification")
    classifier("bert", ["joy", "love"], problem_type=kinds[was_multi_label]).save_pretrained(tmp_path)
    found, reason = loaded(tmp_path, ["joy", "love"], is_multi_label=not was_multi_label)
    assert "kept by label name" in reason
    assert found.config.problem_type == kinds[not was_multi_label]


@pytest.mark.parametrize(
    ("names", "labels", "rows"),
    [
        (["no", "yes"], ["yes", "no"], (1, 0)),
        (["Positive", " negative"], ["negative", "positive"], (1, 0)),
        (["good", "Good"], ["Good", "good"], (1, 0)),
        (["good", "Good"], ["GOOD", "bad"], (None, None)),  # two rows could be meant
        (["good", "bad"], ["Good", "GOOD"], (None, None)),  # two labels could be
        (["good", "bad"], ["Good", "good"], (None, 0)),
        (["a", "a", "b"], ["a", "b"], (None, 2)),
        (["LABEL_0", "b"], ["LABEL_0", "b"], (None, 1)),
        (["", "b"], ["", "b"], (None, 1)),
        (["STRASSE", "x"], ["straße", "y"], (0, None)),
    ],
)
def test_names_match_exactly_or_ignoring_case_where_that_is_certain(
    names: list[str], labels: list[str], rows: tuple[int | None, ...]
) -> None:
    assert match_rows(names, labels) == rows


NAMES = st.lists(st.sampled_from(["a", "A", " a", "b", "B ", "LABEL_1", "", "ß", "SS"]) | st.text(max_size=3))


@given(NAMES, NAMES.map(lambda names: list(dict.fromkeys(names))))
def test_no_row_serves_two_labels(names: list[str], labels: list[str]) -> None:
    rows = match_rows(names, labels)
    used = [row for row in rows if row is not None]
    assert len(rows) == len(labels)
    assert len(set(used)) == len(used)
    for label, row in zip(labels, rows, strict=True):
        if row is not None:
            assert names[row].strip().casefold() == label.strip().casefold() != ""
