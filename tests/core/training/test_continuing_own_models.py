"""A new run starts from the model of another: its folder, its finished model, or one of its checkpoints."""

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from small_runs import Small, new_run, trained
from transformers import AutoModelForSequenceClassification

from core.config import RunConfig, build_config
from core.data.splits import load_splits
from core.methods.data import check_data
from core.methods.memory import Memory
from core.models.catalog import resolve
from core.models.loading import load_classifier
from core.problems import Problem
from core.protocol import CheckData
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.training.planning import Prepared, prepare


def prepared(config: RunConfig) -> Prepared:
    return prepare(config, load_splits(config.data, seed=42))


def from_model(small: Small, folder: Path, model: Path, *layers: Any) -> RunConfig:
    """The configuration of a run that takes its length and its learning rate from `model`."""
    values = small.values(folder, learning_rate=None, max_steps=3, eval_steps=3)
    del values["model"]["max_length"]
    values["model"]["name"] = str(model)
    return build_config(values, *layers)


@pytest.fixture(scope="module", params=["cnn", "rnn", "encoder"])
def first(
    request: pytest.FixtureRequest, small: Small, tmp_path_factory: pytest.TempPathFactory
) -> RunDirectory:
    """A finished run of each kind of model."""
    kind = {} if request.param == "encoder" else {"model": {"name": request.param, "vocabulary": 600}}
    config = small.config(
        tmp_path_factory.mktemp("first"), kind, max_steps=8, eval_steps=4, learning_rate=None
    )
    return trained(config, "first")


@pytest.mark.parametrize("place", ["", "model", "checkpoints"])
def test_a_run_starts_from_another_as_that_one_would(
    small: Small, tmp_path: Path, first: RunDirectory, place: str
) -> None:
    best = checkpoints.require(first, "best")
    folder = {"": first.path, "model": first.model, "checkpoints": best.path}[place]
    history = read_history(first)
    assert history.plan is not None
    made = prepared(from_model(small, tmp_path, folder))
    assert made.plan.learning_rate == history.plan.learning_rate
    assert made.plan.max_length == history.plan.max_length == 48
    said = " ".join(made.plan.model_reasons)
    assert "rows for 'negative', 'positive' kept by label name" in said
    assert "maximum length 48: as this model was trained (--max-length overrules it)" in said
    assert (f"model: best checkpoint of run first, step {best.step}" in said) == (place == "")
    settings = json.loads((folder if place else first.model).joinpath("config.json").read_text())
    assert settings["architectures"][0].endswith("ForSequenceClassification")
    model = load_classifier(made.source, made.plan.labels, head=made.head)
    given = AutoModelForSequenceClassification.from_pretrained(first.model).state_dict()
    assert all((weights == given[name]).all() for name, weights in model.state_dict().items())


def test_a_run_from_a_run_trains_and_can_be_continued_again(
    small: Small, tmp_path: Path, first: RunDirectory
) -> None:
    rows = small.train.read_text().splitlines()
    data = tmp_path / "more.csv"
    data.write_text(
        "\n".join([*rows, *(f'"Neither good nor bad, {row}.",Mixed' for row in range(10))]) + "\n"
    )
    config = from_model(small, tmp_path, first.path, {"data": {"train": str(data), "validation": str(data)}})
    second = trained(config, "second")
    plan = read_history(second).plan
    assert plan is not None
    assert plan.labels == ["Mixed", "negative", "positive"]
    assert any("new row for 'Mixed'" in reason for reason in plan.model_reasons)
    shutil.rmtree(second.checkpoints)
    again = prepared(from_model(small, tmp_path, second.path))
    assert again.plan.learning_rate == plan.learning_rate
    assert any("'Mixed' of the model dropped" in reason for reason in again.plan.model_reasons)


def test_a_longer_text_may_be_read_than_the_model_was_trained_with(
    small: Small, tmp_path: Path, finished_run: RunDirectory
) -> None:
    made = prepared(from_model(small, tmp_path, finished_run.path, {"model": {"max_length": 64}}))
    assert made.plan.max_length == 64
    assert not any("maximum length" in reason for reason in made.plan.model_reasons)


def test_a_run_without_a_checkpoint_is_refused(small: Small, tmp_path: Path) -> None:
    run = new_run(small.config(tmp_path))
    with pytest.raises(Problem, match="this run has no checkpoint to start from"):
        resolve(str(run.path))


def test_a_checkpoint_that_is_not_complete_is_refused(run_copy: RunDirectory) -> None:
    best = checkpoints.require(run_copy, "best")
    (best.path / checkpoints.MARKER).unlink()
    with pytest.raises(Problem, match="this is not a complete checkpoint"):
        resolve(str(best.path))


@pytest.mark.parametrize(
    ("file", "what", "mend"),
    [
        ("adapter_config.json", "holds a LoRA adapter, not a whole model", "Merge it into its model"),
        ("experiment.toml", "holds no model", "give the folder of one of its runs"),
        ("0_Transformer/config.json", "holds no model", "0_Transformer"),
    ],
)
def test_folders_that_hold_something_else_are_named(tmp_path: Path, file: str, what: str, mend: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("{}")
    with pytest.raises(Problem, match=what) as caught:
        resolve(str(tmp_path))
    assert mend in str(caught.value)


def test_settings_that_a_given_model_does_not_follow_are_said(
    small: Small, tmp_path: Path, first: RunDirectory
) -> None:
    settings = {"cnn": {"filters": 64}, "model": {"tokenizer": str(small.model)}}
    config = from_model(small, tmp_path, first.path, settings)
    assert build_config(tomllib.loads(config.to_toml())) == config
    warnings = prepared(config).plan.warnings
    assert any(each.startswith("cnn.filters has no effect: the model ") for each in warnings)
    assert "model.tokenizer has no effect: the model has its own tokenizer." in warnings
    assert not any(
        "no effect" in each for each in prepared(from_model(small, tmp_path, first.path)).plan.warnings
    )


def test_the_data_check_says_what_a_run_would_assume_about_its_model(
    small: Small, tmp_path: Path, finished_run: RunDirectory
) -> None:
    config = from_model(small, tmp_path, finished_run.path)
    found = check_data(Memory(), CheckData(config), lambda *_: None)
    assert found.max_length == 48
    assert found.reasons[-3:] == prepared(config).plan.model_reasons
    config = from_model(small, tmp_path, small.model, {"model": {"head": "keep", "max_length": 48}})
    assert "cannot be kept" in check_data(Memory(), CheckData(config), lambda *_: None).warnings[-1]
