"""Untrusted model folders: only safetensors and JSON are read, no code is run, and the message says so."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.models.catalog import resolve
from core.models.loading import count_parameters, load_classifier
from core.models.tokenizer import load_tokenizer
from core.problems import Problem

Change = Callable[[Path], object]
LABELS = ["no", "yes"]
CODE = "open('executed', 'w')\nclass Made: pass\n"


class Executed:
    """Creates a file when unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch executed",)


def pickled(name: str) -> Change:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        (folder / name).write_bytes(pickle.dumps(Executed()))

    return change


def setting(file: str = "config.json", **values: Any) -> Change:
    def change(folder: Path) -> None:
        content = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps(content | values))

    return change


def replaced(name: str, content: bytes) -> Change:
    return lambda folder: (folder / name).write_bytes(content)


def with_code(**values: Any) -> Change:
    def change(folder: Path) -> None:
        setting(auto_map={"AutoConfig": "made.Made", "AutoModelForSequenceClassification": "made.Made"})(
            folder
        )
        setting("tokenizer_config.json", auto_map={"AutoTokenizer": ["made.Made", "made.Made"]})(folder)
        setting(**values)(folder)
        (folder / "made.py").write_text(CODE)

    return change


def elsewhere(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    index = {"metadata": {}, "weight_map": {"embeddings.word_embeddings.weight": "../secret.bin"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


REJECTED: dict[str, tuple[Change, str]] = {
    "pytorch_model.bin": (pickled("pytorch_model.bin"), "not in the safetensors format, the only one"),
    "model.pt": (pickled("model.pt"), "not in the safetensors format"),
    "model.pkl": (pickled("model.pkl"), "not in the safetensors format"),
    "code": (with_code(model_type="made"), "needs code of its own, which is never run"),
    "weights elsewhere": (elsewhere, "cannot be loaded"),
    "no weights": (replaced("model.safetensors", b""), "cannot be loaded"),
    "endless header": (replaced("model.safetensors", b"\xff" * 7 + b"\0{}"), "cannot be loaded"),
    "list": (replaced("config.json", b"[]"), "cannot be loaded"),
    "deep": (replaced("config.json", b"[" * 100_000), "cannot be loaded"),
    "words for sizes": (setting(hidden_size="big"), "hidden_size"),
    "no heads": (setting(num_attention_heads=0), "cannot be loaded"),
    "endless layers": (setting(num_hidden_layers=10**7), "10000000 layers"),
    "less than no layers": (setting(num_hidden_layers=-1), "-1 layers"),
    "other sizes": (setting(intermediate_size=96), "have other shapes than its config.json says"),
    "other kind": (setting(model_type="distilbert"), "are missing"),
    "pad token": (setting(pad_token_id=10**6), "cannot be loaded"),
    "labels": (setting(id2label=5), "cannot be loaded"),
    "quantized": (
        setting(quantization_config={"quant_method": "bitsandbytes", "load_in_8bit": True}),
        "cannot be loaded",
    ),
    "kernels": (setting(attn_implementation="kernels-community/made"), "cannot be loaded"),
    "tokenizer": (replaced("tokenizer.json", b"{}"), "cannot be loaded"),
    "deep tokenizer": (replaced("tokenizer.json", b"[" * 100_000), "cannot be loaded"),
    "special token": (setting("tokenizer_config.json", pad_token=5), "cannot be loaded"),
}


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tiny model, in a working directory with modules that must not be executed."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny_model, tmp_path / "model")
    return tmp_path / "model"


def load(folder: Path) -> Any:
    """Load the folder as a run does."""
    source = resolve(str(folder))
    load_tokenizer(source, 16)
    count_parameters(source, len(LABELS))
    return load_classifier(source, LABELS)


@pytest.mark.parametrize("name", REJECTED)
def test_an_untrusted_folder_is_rejected_with_a_message(folder: Path, name: str) -> None:
    change, sentence = REJECTED[name]
    change(folder)
    with pytest.raises(Problem) as caught:
        load(folder)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith("Choose a folder written by save_pretrained with safetensors weights.")
    assert not Path("executed").exists()


def test_code_and_pickles_beside_valid_weights_are_ignored(folder: Path) -> None:
    with_code()(folder)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Executed()))
    assert load(folder).config.id2label == dict(enumerate(LABELS))
    assert not Path("executed").exists()
    pickle.loads(pickle.dumps(Executed()))
    assert Path("executed").exists()  # the payload works
