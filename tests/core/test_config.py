"""RunConfig: precedence of layers, TOML round trip, error messages."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import RunConfig, Values, build_config, parse_setting, read_config
from core.config.presets import PRESETS
from core.models.catalog import resolve
from core.problems import Problem

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
steps = st.integers(1, 10**9)
numbers = st.floats(1e-9, 1.0)


@st.composite
def settings_of_runs(draw: st.DrawFn) -> Values:
    length = draw(st.sampled_from(["max_steps", "epochs", "neither"]))
    lengths = {"max_steps": steps, "epochs": st.floats(1e-3, 1e6), "neither": st.none()}
    training = st.fixed_dictionaries(
        {},
        optional={
            "learning_rate": st.none() | numbers,
            "train_batch_size": steps,
            "eval_batch_size": st.none() | steps,
            "attention_dropout": st.just("model") | st.floats(0, 0.99),
            "compile": st.sampled_from(["auto", "on", "off"]),
            "eval_steps": st.none() | steps,
            "warmup": st.floats(0, 0.99),
            "weight_decay": st.floats(0, 100),
            "seed": st.integers(0, 2**32 - 1),
            "precision": st.sampled_from(["auto", "bf16", "fp32"]),
            "device": st.sampled_from(["auto", "cpu", "cuda", "cuda:3"]),
        },
    )
    return {
        "data": draw(
            st.fixed_dictionaries(
                {"train": texts},
                optional={
                    "validation": st.none() | texts,
                    "text_column": st.none() | texts,
                    "validation_fraction": st.floats(0.01, 0.99),
                    "drop_bad_rows": st.booleans(),
                },
            )
        ),
        "model": {"name": draw(texts), "max_length": draw(st.integers(8, 8192))},
        "training": {**draw(training), length: draw(lengths[length])}
        if length != "neither"
        else draw(training),
        "stopping": {
            "metric": draw(st.sampled_from(["accuracy", "macro_f1", "loss"])),
            "patience": draw(steps),
            "min_delta": draw(st.floats(0, 1)),
        },
        "output": {"runs_dir": draw(texts), "name": draw(st.none() | texts)},
    }


@given(values=settings_of_runs())
def test_toml_keeps_every_configuration(values: Values) -> None:
    config = build_config(values)
    assert build_config(tomllib.loads(config.to_toml())) == config


def test_defaults_are_those_of_the_notebook() -> None:
    config = RunConfig()
    assert config.model.name == "bert-base-cased"
    assert (config.model.max_length, resolve("bert-base-cased").max_length) == (None, 512)
    assert config.training.train_batch_size == 8
    assert (config.stopping.early_stopping, config.stopping.patience) == (True, None)  # 5, at least an epoch
    assert config.stopping.metric == "auto"  # accuracy, where each text has one label
    assert config.training.max_steps is None


def test_the_notebook_preset_has_its_exact_settings() -> None:
    config = build_config(PRESETS["notebook"])
    training = config.training
    assert (config.model.name, config.model.max_length) == ("bert-base-cased", 512)
    assert (training.learning_rate, training.train_batch_size, training.eval_batch_size) == (3e-5, 8, 32)
    assert (training.max_steps, training.eval_steps) == (300, 100)
    assert (training.warmup, training.weight_decay) == (0.0, 0.0)
    assert (config.stopping.metric, config.stopping.patience) == ("accuracy", 5)


def test_later_layers_win_and_leave_the_rest() -> None:
    config = build_config(
        PRESETS["notebook"],
        {"training": {"max_steps": 50}},
        {"model": {"name": "minilm"}, "training": {"seed": 7}},
    )
    assert config.training.max_steps == 50
    assert config.training.eval_steps == 100
    assert config.training.seed == 7
    assert config.model.name == "minilm"


def test_layers_are_not_changed() -> None:
    layer: Values = {"training": {"max_steps": 50}}
    build_config(layer, {"training": {"epochs": 2.0}})
    assert layer == {"training": {"max_steps": 50}}


@pytest.mark.parametrize(
    ("below", "above"), [("max_steps", "epochs"), ("epochs", "max_steps")], ids=["epochs", "steps"]
)
def test_a_later_length_replaces_the_other_kind(below: str, above: str) -> None:
    config = build_config({"training": {below: 5}}, {"training": {above: 3}})
    assert getattr(config.training, below) is None
    assert getattr(config.training, above) == 3


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"training": {"max_steps": 5, "epochs": 1}}, ["training", "max_steps or epochs, not both"]),
        ({"training": {"lr": 1}}, ["training.lr is not a setting", "Settings of training are", "warmup"]),
        (
            {"trainig": {"seed": 1}},
            ["trainig is not a section", "data, model, cnn, rnn, training, stopping, output"],
        ),
        ({"training": 5}, ["'training' is not a section", "data, model"]),
        ({"training": {"seed": -1}}, ["training.seed", "-1"]),
        ({"training": {"seed": "x"}}, ["training.seed: must be a whole number (got 'x')"]),
        ({"training": {"epochs": "x"}}, ["training.epochs: must be a number (got 'x')"]),
        ({"training": {"epochs": 2e6}}, ["training.epochs: must be at most 1,000,000"]),
        ({"training": {"attention_dropout": "x"}}, ["attention_dropout: must be a number or 'model' (got"]),
        ({"cnn": {"widths": [0, "x"]}}, ["cnn.widths: must be at least 1 and a whole number"]),
        ({"data": {"drop_bad_rows": "maybe"}}, ["data.drop_bad_rows: must be true or false"]),
        ({"training": {"learning_rate": 0}}, ["training.learning_rate", "greater than 0"]),
        ({"training": {"learning_rate": float("nan")}}, ["training.learning_rate"]),
        ({"training": {"epochs": float("inf")}}, ["training.epochs"]),
        ({"training": {"weight_decay": float("inf")}}, ["training.weight_decay"]),
        ({"training": {"device": "tpu"}}, ["training.device", "'tpu'"]),
        ({"model": {"max_length": 4}}, ["model.max_length", "8"]),
        ({"stopping": {"metric": "f1"}}, ["stopping.metric", "macro_f1"]),
        ({"stopping": {"patience": 0}}, ["stopping.patience"]),
        ({"data": {"validation_fraction": 1}}, ["data.validation_fraction"]),
        ({"training": {"seed": -1}, "model": {"max_length": 1}}, ["training.seed", "model.max_length"]),
    ],
)
def test_a_mistake_is_named_with_section_and_key(values: Values, parts: list[str]) -> None:
    with pytest.raises(Problem) as caught:
        build_config(values)
    assert all(part in str(caught.value) for part in ["configuration", *parts]), str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "layer"),
    [
        ("training.warmup=0.1", {"training": {"warmup": 0.1}}),
        ("training.max_steps = 20", {"training": {"max_steps": 20}}),
        ("data.drop_bad_rows=true", {"data": {"drop_bad_rows": True}}),
        ("model.name=minilm", {"model": {"name": "minilm"}}),
        ('model.name="a b"', {"model": {"name": "a b"}}),
        ("data.train= a=b.csv", {"data": {"train": "a=b.csv"}}),
        ("data.text_column=", {"data": {"text_column": ""}}),
    ],
)
def test_a_setting_is_one_layer(setting: str, layer: Values) -> None:
    assert parse_setting(setting) == layer


@pytest.mark.parametrize("setting", ["", "warmup=1", "training.warmup", ".x=1", "training.=1", "=1"])
def test_a_setting_needs_section_key_and_value(setting: str) -> None:
    with pytest.raises(Problem, match="--set.*is not a setting.*training.warmup=0.1"):
        parse_setting(setting)


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"[training", "invalid TOML"), (b"\xff\xfe", "invalid TOML")],
    ids=["toml", "utf-8"],
)
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(Problem, match=part) as caught:
        read_config(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such configuration file"):
        read_config(tmp_path / "gone.toml")
    with pytest.raises(Problem, match="cannot read"):
        read_config(tmp_path)
