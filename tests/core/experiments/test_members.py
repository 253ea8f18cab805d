"""From the settings of an experiment to its runs."""

from pathlib import Path

import pytest
from small_runs import Small

from core.config import build_config, parse_setting
from core.data.splits import load_splits
from core.experiments.comparison import differing_settings
from core.experiments.directory import ExperimentDirectory, read_members
from core.experiments.members import make_members
from core.problems import Problem

COMMON = [{"data": {"train": "x.csv"}, "model": {"max_length": 48}, "training": {"max_steps": 60}}]


def test_runs_are_ordered_by_seed_then_by_model() -> None:
    members = make_members(["minilm", "cnn"], 2, COMMON)
    assert [member.name for member in members] == [
        "minilm-seed42",
        "cnn-seed42",
        "minilm-seed43",
        "cnn-seed43",
    ]
    configs = [build_config(member.settings) for member in members]
    assert [config.training.seed for config in configs] == [42, 42, 43, 43]
    assert {config.split_seed for config in configs} == {42}
    assert {config.model.max_length for config in configs} == {48}
    assert [member.name for member in make_members(["minilm", "cnn"], 1, COMMON)] == ["minilm", "cnn"]


def test_the_same_rows_are_held_out_for_every_seed(small: Small) -> None:
    members = make_members(["cnn", "cnn-notebook"], 2, [{"data": {"train": str(small.train)}}])
    configs = [build_config(member.settings) for member in members]
    splits = [load_splits(config.data, seed=config.split_seed) for config in configs]
    assert len({each.fingerprint for each in splits}) == 1


def test_a_preset_keeps_its_length_and_training_settings_by_default() -> None:
    data = [{"data": {"train": "x.csv"}}]
    plain, preset = (build_config(each.settings) for each in make_members(["cnn", "cnn-notebook"], 1, data))
    assert (plain.model.max_length, plain.training.max_steps) == (None, None)
    assert (preset.model.name, preset.model.max_length, preset.training.max_steps) == ("cnn", 128, 2500)
    assert preset.cnn.widths == [3]
    assert preset.data == plain.data
    assert preset.stopping == plain.stopping


def test_explicit_settings_override_presets() -> None:
    asked = [*COMMON, {"training": {"epochs": 2.0, "learning_rate": 1e-4}}]
    plain, preset = (build_config(each.settings) for each in make_members(["cnn", "cnn-notebook"], 1, asked))
    assert preset.model.vocabulary == 16_000  # that of the notebook; plain models derive theirs
    assert preset.model.model_copy(update={"vocabulary": None}) == plain.model
    assert preset.model.max_length == 48
    for config in (plain, preset):
        training = config.training
        assert (training.epochs, training.max_steps, training.learning_rate) == (2.0, None, 1e-4)
    assert preset.training.schedule == "constant"


@pytest.mark.parametrize("setting", ["model.name=cnn", "training.seed=7"])
def test_model_and_seed_cannot_be_common_settings(setting: str) -> None:
    with pytest.raises(Problem, match="cannot be the same for all members"):
        make_members(["cnn", "rnn"], 1, [parse_setting(setting)])


def test_models_with_the_same_name_get_distinct_run_names(tmp_path: Path) -> None:
    folders = [tmp_path / parent / "tiny" for parent in ("one", "two")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "config.json").touch()
    members = make_members([str(folder) for folder in folders], 1, COMMON)
    assert [member.name for member in members] == ["tiny", "tiny-2"]


@pytest.mark.parametrize(
    ("models", "seeds", "problem"),
    [
        ([], 1, "no models given"),
        (["cnn", "cnn"], 1, "listed twice.*--seeds"),
        (["cnn"], 0, "not a valid number of seeds"),
        (["./gone"], 1, "no such model folder"),
    ],
)
def test_an_invalid_experiment_is_rejected(models: list[str], seeds: int, problem: str) -> None:
    with pytest.raises(Problem, match=problem):
        make_members(models, seeds, COMMON)


def test_the_experiment_file_holds_all_members(tmp_path: Path) -> None:
    members = make_members(["cnn", "rnn"], 2, COMMON)
    experiment = ExperimentDirectory(tmp_path)
    experiment.write_members(members)
    assert ExperimentDirectory.open(tmp_path).members == members
    experiment.file.write_text("members = 3")
    with pytest.raises(Problem, match="does not describe an experiment"):
        read_members(experiment.file)
    with pytest.raises(Problem, match="does not describe an experiment"):
        ExperimentDirectory.open(tmp_path)


def test_differing_settings_are_reported() -> None:
    data = [{"data": {"train": "x.csv"}}]
    length, training = differing_settings(make_members(["minilm", "cnn", "cnn-notebook"], 2, data))
    assert length.startswith(
        "The maximum length differs: 512 tokens (minilm, cnn), 128 tokens (cnn-notebook)."
    )
    assert "derived from the data (minilm, cnn), 2,500 steps (cnn-notebook)" in training
    assert differing_settings(make_members(["minilm", "cnn-notebook"], 1, COMMON)) == []
