"""Loading a classifier: labels, dropout and maximum length."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import LONGEST, tiny

from core.models.catalog import resolve
from core.models.loading import load_classifier
from core.models.tokenizer import first_position, load_tokenizer
from core.problems import Problem

LABELS = ["no", "perhaps", "yes", "never"]


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Save a classifier with attention dropout and return its folder."""

    def save(kind: str, **dropout: float) -> str:
        folder = tmp_path_factory.mktemp(kind)
        model = tiny(kind)
        model.config.update(dropout)
        model.save_pretrained(folder)
        return str(folder)

    return save


@pytest.mark.parametrize(
    ("kind", "name"), [("bert", "attention_probs_dropout_prob"), ("distilbert", "attention_dropout")]
)
@pytest.mark.parametrize(("asked", "expected"), [(None, 0.3), (0.0, 0.0), (0.2, 0.2)])
def test_attention_dropout_is_set_as_requested(
    kind: str, name: str, asked: float | None, expected: float, folder_of: Any
) -> None:
    source = resolve(folder_of(kind, **{name: 0.3}))
    model = load_classifier(source, LABELS, asked)
    assert getattr(model.config, name) == expected
    rates = [
        module.p if isinstance(module, torch.nn.Dropout) else getattr(module, "dropout_prob", None)
        for path, module in model.named_modules()
        if "attention" in path and path.endswith("dropout") and "output" not in path
    ]
    assert set(rates) == {expected}
    assert load_classifier(source, LABELS).config.to_dict()[name] == 0.3


def test_the_classifier_has_the_labels_of_the_run(folder_of: Any) -> None:
    model = load_classifier(resolve(folder_of("bert")), LABELS)
    assert model.config.id2label == dict(enumerate(LABELS))
    assert model.config.label2id == {label: index for index, label in enumerate(LABELS)}
    assert model.classifier.out_features == len(LABELS)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "camembert", "mpnet", "electra"])
def test_the_maximum_length_is_the_number_of_usable_positions(kind: str) -> None:
    model = tiny(kind, max_position_embeddings=LONGEST)
    longest = LONGEST - first_position(model.config)

    def read(tokens: int) -> None:
        ids = torch.full((1, tokens), 7)
        with torch.inference_mode():
            model(input_ids=ids, attention_mask=torch.ones_like(ids))

    read(longest)
    with pytest.raises((IndexError, RuntimeError)):
        read(longest + 1)


def test_saving_and_loading_keeps_weights_and_dropout(folder_of: Any, tmp_path: Path) -> None:
    source = resolve(folder_of("bert"))
    model = load_classifier(source, LABELS, 0.1)
    model.save_pretrained(tmp_path)
    again = load_classifier(resolve(str(tmp_path)), LABELS)
    assert again.config.attention_probs_dropout_prob == 0.1
    assert all(torch.equal(one, again.state_dict()[name]) for name, one in model.state_dict().items())


def test_a_cache_of_the_hub_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        try:
            raise PermissionError(13, "Permission denied", "/caches/hub")
        except PermissionError as error:
            raise OSError("cannot load the tokenizer") from error

    monkeypatch.setattr("core.models.tokenizer.AutoTokenizer.from_pretrained", refuse)
    with pytest.raises(Problem, match="cache of the Hub, /caches/hub .Permission denied.*Set HF_HOME"):
        load_tokenizer(resolve("some/model"), 16)
