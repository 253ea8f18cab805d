"""The plan: its numbers, its warnings, and the runs it refuses before the first step."""

import json
import shutil
from collections import namedtuple
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest
from small_runs import Small

from core.config import Values
from core.data.splits import Split, load_splits
from core.models.catalog import bundled_minilm, resolve
from core.problems import Problem
from core.runs.plan import Plan
from core.training import preflight
from core.training.planning import Prepared, prepare

Usage = namedtuple("Usage", "total used free")


def plan(small: Small, folder: Path, *layers: Values, **training: Any) -> Plan:
    return prepared(small, folder, *layers, **training).plan


def prepared(small: Small, folder: Path, *layers: Values, **training: Any) -> Prepared:
    config = small.config(folder, *layers, **training)
    return prepare(config, load_splits(config.data, seed=config.training.seed))


def refused(small: Small, folder: Path, *layers: Values, **training: Any) -> str:
    with pytest.raises(Problem) as caught:
        prepared(small, folder, *layers, **training)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def model_copy(small: Small, folder: Path, **changes: Any) -> Path:
    """Copy the tiny model with changes to its config.json."""
    copy = folder / "changed-model"
    shutil.copytree(small.model, copy)
    config = json.loads((copy / "config.json").read_text()) | changes
    (copy / "config.json").write_text(json.dumps(config))
    return copy


def test_a_plan_has_the_numbers_of_the_run(small: Small, tmp_path: Path) -> None:
    made = plan(small, tmp_path, {"data": {"test": str(small.test)}, "stopping": {"patience": 3}})
    assert made.labels == ["negative", "positive"]
    assert (made.text_column, made.label_column) == ("text", "label")
    assert made.column_reasons
    assert [(split.name, split.rows) for split in made.splits] == [
        ("train", 96),
        ("validation", 40),
        ("test", 40),
    ]
    assert [split.source for split in made.splits] == [
        str(small.train),
        str(small.validation),
        str(small.test),
    ]
    assert (made.max_steps, made.steps_per_epoch, made.epochs) == (20, 12, pytest.approx(20 / 12))
    assert (made.eval_steps, made.evaluations, made.patience) == (5, 4, 3)
    assert (made.max_length, made.learning_rate, made.seed) == (48, 1e-3, 42)
    assert (made.device, made.precision, made.metric) == ("cpu", "fp32", "accuracy")
    assert made.checkpoint_bytes == 12 * made.parameters
    assert made.free_bytes > 0
    assert (made.model, made.model_source) == (str(small.model), str(small.model))


def test_the_plan_counts_the_parameters_of_the_classifier(small: Small, tmp_path: Path) -> None:
    from core.models.loading import load_classifier

    made = plan(small, tmp_path)
    model = load_classifier(resolve(str(small.model)), made.labels)
    assert made.parameters == sum(parameter.numel() for parameter in model.parameters())


def test_missing_settings_are_derived(small: Small, tmp_path: Path) -> None:
    made = plan(small, tmp_path, max_steps=None, eval_steps=None, learning_rate=None)
    assert made.max_steps == 120
    assert made.learning_rate == 3e-5
    assert made.evaluations > made.patience
    assert not any("Early stopping" in warning for warning in made.warnings)


def test_epochs_become_steps(small: Small, tmp_path: Path) -> None:
    assert plan(small, tmp_path, max_steps=None, epochs=2.5).max_steps == 30


def test_validation_is_split_off_where_it_is_missing(small: Small, tmp_path: Path) -> None:
    made = plan(small, tmp_path, {"data": {"validation": None, "validation_fraction": 0.25}})
    assert [(split.name, split.rows) for split in made.splits] == [("train", 72), ("validation", 24)]


def test_preparation_reports_its_stages(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    stages: list[str] = []
    config = small.config(tmp_path)
    prepare(config, load_splits(config.data, seed=0), stages.append)
    assert stages[0] == "loading tokenizer"
    assert "tokenizing train 96/96" in stages
    assert stages[-1] == "planning"
    stages.clear()
    prepare(config, load_splits(config.data, seed=0), stages.append)
    assert stages == ["loading tokenizer", "planning"]


def test_early_stopping_that_can_never_act_is_a_warning(small: Small, tmp_path: Path) -> None:
    warnings = plan(small, tmp_path, max_steps=300, eval_steps=100).warnings
    assert any(
        "never act: 3 evaluations in 300 steps, and patience is 5 from step 150 on." in warning
        and "--eval-steps 33" in warning
        for warning in warnings
    )


@pytest.mark.parametrize(("eval_steps", "warned"), [(3, True), (2, False)])
def test_six_evaluations_are_not_enough_for_a_patience_of_five(
    small: Small, tmp_path: Path, eval_steps: int, warned: bool
) -> None:
    """The first evaluation is always a new best, and stopping at the last one would save nothing."""
    at_once = {"stopping": {"start_from": 0}}
    warnings = plan(small, tmp_path, at_once, max_steps=18, eval_steps=eval_steps).warnings
    assert any("can never act" in warning for warning in warnings) == warned


def test_the_advised_evaluation_interval_lets_early_stopping_act(small: Small, tmp_path: Path) -> None:
    for max_steps, advised in ((40, 4), (60, 6), (299, 33)):
        warnings = plan(small, tmp_path, max_steps=max_steps, eval_steps=max_steps).warnings
        assert any(f"--eval-steps {advised})" in warning for warning in warnings)
        after = plan(small, tmp_path, max_steps=max_steps, eval_steps=advised).warnings
        assert not any("can never act" in warning for warning in after)


def test_no_evaluation_interval_is_advised_where_none_helps(small: Small, tmp_path: Path) -> None:
    """No patience is used before an epoch, of 12 steps: less patience would not help either."""
    warnings = plan(small, tmp_path, max_steps=7, eval_steps=1).warnings
    assert any(
        "7 evaluations in 7 steps, and patience is 12 from step 12 on. To let it act, train longer."
        in warning
        for warning in warnings
    )


@pytest.mark.parametrize("epochs", [0.5, 1])
def test_a_short_run_needs_no_early_stopping(small: Small, tmp_path: Path, epochs: float) -> None:
    made = plan(small, tmp_path, max_steps=None, eval_steps=None, epochs=epochs)
    assert made.earliest_stop is None
    assert not any("Early stopping" in warning for warning in made.warnings)


def test_early_stopping_can_be_turned_off(small: Small, tmp_path: Path) -> None:
    off: Values = {"stopping": {"early_stopping": False}}
    made = plan(small, tmp_path, off, max_steps=300, eval_steps=100)
    assert (made.early_stopping, made.earliest_stop) == (False, None)
    assert not any("Early stopping" in warning for warning in made.warnings)


def test_a_resumed_run_keeps_the_rules_of_its_first_plan(small: Small, tmp_path: Path) -> None:
    """Whatever this version derives: a run of an older version ends as it would have."""
    config = small.config(tmp_path, max_steps=None, eval_steps=None)
    splits = load_splits(config.data, seed=0)
    first = prepare(config, splits).plan
    recorded = msgspec.structs.replace(
        first, max_steps=77, eval_steps=7, patience=3, patience_from=9, ties_by_loss=False
    )
    resumed = prepare(config, splits, recorded=recorded).plan
    for name in ("max_steps", "eval_steps", "patience", "patience_from", "ties_by_loss", "model_reasons"):
        assert getattr(resumed, name) == getattr(recorded, name)


def test_a_model_from_scratch_says_its_length_and_vocabulary(small: Small, tmp_path: Path) -> None:
    layer: Values = {"model": {"name": "cnn"}}
    made = plan(small, tmp_path, layer, max_steps=None, eval_steps=None, learning_rate=None)
    assert any(line.startswith("vocabulary ") and "model.vocabulary" in line for line in made.model_reasons)
    assert any(line.startswith("length of training ") and "--epochs" in line for line in made.model_reasons)
    layer = {"model": {"name": "cnn", "vocabulary": 300}}
    asked = plan(small, tmp_path, layer, max_steps=None, epochs=1, learning_rate=None)
    assert asked.model_reasons == []


def test_truncated_texts_are_a_warning(small: Small, tmp_path: Path) -> None:
    made = plan(small, tmp_path, {"model": {"max_length": 16}})
    train = made.splits[0]
    assert 0 < train.truncated <= train.rows
    assert train.longest_tokens > 16
    assert any(
        warning.startswith(f"{train.truncated} of 96 train texts")
        and "longer than 16 tokens and are cut" in warning
        and str(train.longest_tokens) in warning
        for warning in made.warnings
    )


def test_training_texts_that_are_never_seen_are_a_warning(small: Small, tmp_path: Path) -> None:
    assert any(
        "after 50% of the training texts" in warning
        for warning in plan(small, tmp_path, max_steps=6).warnings
    )


def texts(split: Split) -> list[tuple[str, int]]:
    """The texts of a split with their label ids."""
    return list(zip(chain(*split.texts.chunks()), split.label_ids.tolist(), strict=True))


def test_the_same_configuration_gives_the_same_data(small: Small, tmp_path: Path) -> None:
    layer: Values = {"data": {"validation": None}}
    one, two = (prepared(small, tmp_path, layer) for _ in range(2))
    assert one.splits.fingerprint == two.splits.fingerprint
    assert texts(one.splits.train) == texts(two.splits.train)
    assert texts(one.splits.validation) == texts(two.splits.validation)
    other = prepared(small, tmp_path, layer, seed=43)
    assert texts(other.splits.validation) != texts(one.splits.validation)
    assert other.splits.fingerprint != one.splits.fingerprint


def test_evaluations_that_do_not_fit_into_memory_are_refused(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = next(split for split in plan(small, tmp_path).splits if split.name == "validation")
    needed = split.rows * 2 * 48
    monkeypatch.setattr(preflight, "free_bytes", lambda device: needed)
    assert plan(small, tmp_path).labels
    monkeypatch.setattr(preflight, "free_bytes", lambda device: needed - 1)
    sentence = refused(small, tmp_path)
    assert split.source in sentence
    assert f"of memory needed (to evaluate {split.rows} texts with 2 labels)" in sentence
    assert "Merge labels" in sentence


def test_too_little_disk_space_is_refused(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = plan(small, tmp_path).parameters * 40
    asked: list[Path] = []

    def usage(free: int) -> Any:
        return lambda path: (asked.append(path), Usage(10**12, 0, free))[1]

    runs_dir = tmp_path / "not" / "there" / "yet"
    monkeypatch.setattr(shutil, "disk_usage", usage(needed - 1))
    sentence = refused(small, runs_dir)
    assert str(runs_dir) in sentence
    assert " free" in sentence
    assert "--runs-dir" in sentence
    assert asked == [tmp_path]
    monkeypatch.setattr(shutil, "disk_usage", usage(needed))
    assert plan(small, runs_dir).free_bytes == needed
    # A resumed run already has some of its checkpoints on the disk.
    monkeypatch.setattr(shutil, "disk_usage", usage(needed - 1))
    config = small.config(runs_dir)
    assert prepare(config, load_splits(config.data, seed=0), kept_bytes=1).plan.free_bytes == needed - 1


@pytest.mark.parametrize("name", ["bert-base-cased", "no-such-owner/no-such-model"])
def test_a_missing_model_without_a_network_is_refused(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    sentence = refused(small, tmp_path, {"model": {"name": name}})
    assert name in sentence
    assert "Hub cannot be reached" in sentence
    assert "a folder with a saved model as --model" in sentence
    assert ("--model minilm" in sentence) == (bundled_minilm() is not None)


def test_a_maximum_length_beyond_the_model_is_refused(small: Small, tmp_path: Path) -> None:
    sentence = refused(small, tmp_path, {"model": {"max_length": 129}})
    assert "at most 128 tokens, not 129" in sentence
    assert "--max-length 128" in sentence
    assert plan(small, tmp_path, {"model": {"max_length": 128}}).max_length == 128
    made = plan(small, tmp_path, {"model": {"max_length": None}})
    assert made.max_length == 128
    said = "maximum length 128: the most that this model reads (--max-length overrules it)."
    assert said in made.model_reasons


def test_a_folder_without_a_model_is_refused(small: Small, tmp_path: Path) -> None:
    sentence = refused(small, tmp_path, {"model": {"name": str(tmp_path)}})
    assert "config.json is missing" in sentence


def test_a_missing_model_folder_is_refused(small: Small, tmp_path: Path) -> None:
    assert "no such model folder" in refused(small, tmp_path, {"model": {"name": str(tmp_path / "gone")}})


def test_a_folder_without_a_tokenizer_is_refused(small: Small, tmp_path: Path) -> None:
    copy = model_copy(small, tmp_path)
    for path in copy.glob("tokenizer*"):
        path.unlink()
    sentence = refused(small, tmp_path, {"model": {"name": str(copy)}})
    assert str(copy) in sentence
    assert "tokenizer is missing" in sentence


def test_invalid_json_in_a_model_config_is_refused(small: Small, tmp_path: Path) -> None:
    copy = model_copy(small, tmp_path)
    (copy / "config.json").write_text("{")
    assert "cannot be loaded" in refused(small, tmp_path, {"model": {"name": str(copy)}})


def test_code_in_a_model_folder_is_never_run(small: Small, tmp_path: Path) -> None:
    automatic = {
        "AutoConfig": "evil.EvilConfig",
        "AutoModelForSequenceClassification": "evil.EvilModel",
    }
    copy = model_copy(small, tmp_path, model_type="evil", auto_map=automatic)
    (copy / "evil.py").write_text(f"open({str(tmp_path / 'was-run')!r}, 'w')\n")
    sentence = refused(small, tmp_path, {"model": {"name": str(copy)}})
    assert "code of its own" in sentence
    assert not (tmp_path / "was-run").exists()


def test_pickled_weights_are_never_loaded(small: Small, tmp_path: Path) -> None:
    from core.models.loading import load_classifier

    copy = model_copy(small, tmp_path)
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(Problem, match="safetensors"):
        load_classifier(resolve(str(copy)), ["a", "b"])


def test_a_missing_cuda_device_is_refused(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert "--device cuda" in refused(small, tmp_path, device="cuda")
