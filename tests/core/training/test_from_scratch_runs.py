"""The CNN and the RNN take the same path as BERT: plan, train, resume, predict."""

import json
import os
import signal
import tomllib
from pathlib import Path
from typing import Any

import pytest
from small_runs import Small, events_of, losses, new_run, of_kind, train_here, trained, weights
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from core.config import RunConfig, build_config
from core.config.presets import PRESETS
from core.data.splits import load_splits
from core.evaluation.report import classify, report
from core.methods.data import check_data
from core.methods.memory import Memory
from core.prediction.predictor import Predictor
from core.problems import Problem
from core.protocol import CheckData
from core.runs import checkpoints
from core.runs.events import RunEnded, RunStarted, Warned
from core.runs.history import read_history
from core.training.planning import prepare
from core.training.recorder import StepRecorder

FROM_SCRATCH = ["cnn", "rnn"]


def config_of(small: Small, runs_dir: Path, name: str, *layers: Any, **training: Any) -> RunConfig:
    return small.config(
        runs_dir, {"model": {"name": name, "vocabulary": 600}}, *layers, learning_rate=None, **training
    )


@pytest.mark.parametrize("name", FROM_SCRATCH)
def test_a_model_from_scratch_trains_and_predicts_like_any_other(
    small: Small, tmp_path: Path, name: str
) -> None:
    run = trained(config_of(small, tmp_path, name, {"data": {"test": str(small.test)}}))
    history = read_history(run)
    assert history.plan is not None
    assert (history.plan.learning_rate, history.plan.parameters > 10_000) == (1e-3, True)
    assert of_kind(events_of(run), RunEnded)[-1].reason == "finished"
    assert not [event for event in of_kind(events_of(run), Warned) if "padded" in event.message]
    predictor = Predictor.load(run, "best", device="cpu")
    assert predictor.obstacle == ""
    split = load_splits(
        config_of(small, tmp_path, name, {"data": {"test": str(small.test)}}).data, seed=42
    ).test
    assert split is not None
    assert history.test is not None
    found = report(
        classify(predictor, split, lambda *_: None), split, "best", is_own=False, knows_training=False
    )
    assert (found.accuracy, found.loss) == (
        history.test.accuracy,
        pytest.approx(history.test.loss, abs=1e-4),
    )
    first, second = predictor.predict(["A fine film."]).probabilities[0].tolist()
    assert first + second == pytest.approx(1.0)


@pytest.mark.parametrize("name", FROM_SCRATCH)
def test_a_stopped_and_resumed_run_ends_with_the_same_weights(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    record = StepRecorder.record

    def stop_after_seven(self: StepRecorder, step: int, *figures: Any) -> None:
        record(self, step, *figures)
        if step == 7:
            os.kill(os.getpid(), signal.SIGTERM)

    whole = trained(config_of(small, tmp_path, name), "whole")
    run = new_run(config_of(small, tmp_path, name), "halves")
    with monkeypatch.context() as patch:
        patch.setattr(StepRecorder, "record", stop_after_seven)
        assert train_here(run) == 0
    assert 7 <= read_history(run).step <= 8
    assert train_here(run, resume=True) == 0
    assert of_kind(events_of(run), RunStarted)[-1].resumed_from is not None
    assert losses(run) == losses(whole)
    last = [checkpoints.require(each, "last") for each in (run, whole)]
    assert weights(last[0].path) == weights(last[1].path)


def test_the_tokenizer_is_trained_on_the_training_texts_only(small: Small, tmp_path: Path) -> None:
    train = tmp_path / "train.csv"
    train.write_text("text,label\n" + "some merryweather days,good\nother merryweather days,bad\n" * 20)
    validation = tmp_path / "validation.csv"
    validation.write_text(
        "text,label\n" + "some grimsbottom nights,good\nother grimsbottom nights,bad\n" * 20
    )
    config = small.config(
        tmp_path,
        {"model": {"name": "cnn"}, "data": {"train": str(train), "validation": str(validation)}},
    )
    tokenizer = prepare(config, load_splits(config.data, seed=42)).tokenizer
    assert "Ġmerryweather" in tokenizer.get_vocab()
    assert not any("grimsb" in token for token in tokenizer.get_vocab())


def test_a_model_from_scratch_can_use_the_tokenizer_of_an_encoder(small: Small, tmp_path: Path) -> None:
    config = config_of(small, tmp_path, "rnn", {"model": {"tokenizer": str(small.model)}})
    prepared = prepare(config, load_splits(config.data, seed=42))
    assert prepared.tokenizer.get_vocab() == AutoTokenizer.from_pretrained(small.model).get_vocab()


def test_the_initial_model_is_made_once_for_the_same_data_and_settings(small: Small, tmp_path: Path) -> None:
    def stages_of(*layers: Any) -> list[str]:
        config = config_of(small, tmp_path, "cnn", {"model": {"vocabulary": 640}}, *layers)
        messages: list[str] = []
        prepare(config, load_splits(config.data, seed=42), messages.append)
        return messages

    assert "training a tokenizer" in stages_of()
    assert "training a tokenizer" not in stages_of()
    assert "training a tokenizer" in stages_of({"model": {"vocabulary": 650}})


def test_the_data_check_says_the_length_and_the_vocabulary(small: Small, tmp_path: Path) -> None:
    config = small.config(tmp_path, {"model": {"name": "cnn"}}, max_steps=None, eval_steps=None)
    reasons = prepare(config, load_splits(config.data, seed=42)).plan.model_reasons
    found = check_data(Memory(), CheckData(config), lambda *_: None)
    assert found.reasons[-2:] == reasons


def test_a_cache_that_cannot_be_written_is_reported(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    config = config_of(small, tmp_path, "cnn")
    with pytest.raises(Problem, match="XDG_CACHE_HOME"):
        prepare(config, load_splits(config.data, seed=42))


@pytest.mark.parametrize("name", FROM_SCRATCH)
def test_the_notebook_presets_build_the_networks_of_the_notebook(
    small: Small, tmp_path: Path, name: str
) -> None:
    config = build_config(small.values(tmp_path), PRESETS[f"{name}-notebook"])
    prepared = prepare(config, load_splits(config.data, seed=42))
    settings = json.loads((Path(prepared.source.location) / "config.json").read_text())
    size = prepared.tokenizer.vocab_size
    words = size * 64
    networks = {
        "cnn": 10 * (3 * 64 + 1) + 2 * (10 + 1),
        "rnn": 96 * (64 + 96 + 2) + 2 * (96 + 1),
    }
    assert prepared.plan.parameters == words + networks[name]
    assert (prepared.plan.max_steps, prepared.plan.learning_rate) == (2500, 1e-3)
    assert config.training.schedule == "constant"
    assert (settings["dropout"], settings["initializer_range"]) == (0.0, 1.0)


@pytest.mark.parametrize("name", FROM_SCRATCH)
def test_word_embeddings_start_with_the_requested_deviation(name: str) -> None:
    config = AutoConfig.for_model(f"bertcls-{name}", vocab_size=500, num_labels=2, initializer_range=0.25)
    embeddings = AutoModelForSequenceClassification.from_config(config).get_input_embeddings().weight.detach()
    assert float(embeddings[1:].std()) == pytest.approx(0.25, rel=0.02)
    assert not embeddings[0].any()


def test_a_configuration_lists_only_the_network_that_is_trained(small: Small, tmp_path: Path) -> None:
    def sections(name: str) -> set[str]:
        return {"cnn", "rnn"} & set(tomllib.loads(config_of(small, tmp_path, name).to_toml()))

    assert (sections("cnn"), sections("rnn"), sections(str(small.model))) == ({"cnn"}, {"rnn"}, set())
