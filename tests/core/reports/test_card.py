"""The model card: readable by the Hub and by people, with correct figures."""

from pathlib import Path

import msgspec
import pytest
import yaml
from huggingface_hub import ModelCard
from made_run import HOSTILE, make_tested
from small_runs import Small, trained

from core.models.inference_settings import InferenceSettings
from core.reports.card import card, write_card
from core.reports.facts import gather
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.runs.records import MODEL_RECORD, ModelRecord


def front_matter(text: str) -> dict:
    _, front, _ = text.split("---\n", 2)
    return yaml.safe_load(front)


def test_a_run_leaves_a_card_with_its_figures(finished_run: RunDirectory) -> None:
    history = read_history(finished_run)
    assert history.test is not None
    assert history.best is not None
    loaded = ModelCard.load(finished_run.model / "README.md")
    assert loaded.data.library_name == "transformers"
    assert loaded.data.pipeline_tag == "text-classification"
    figures = {
        (result.dataset_name, result.dataset_split, result.metric_type): result.metric_value
        for result in loaded.data.eval_results
    }
    assert figures == {
        ("test.csv", "test", "accuracy"): round(history.test.accuracy, 4),
        ("test.csv", "test", "f1"): round(history.test.macro_f1, 4),
        ("validation.csv", "validation", "accuracy"): round(history.best.accuracy, 4),
        ("validation.csv", "validation", "f1"): round(history.best.macro_f1, 4),
    }
    text = loaded.text
    assert f"| accuracy | test | 40 | {history.test.accuracy:.4f} |" in text
    assert "Labels: negative and positive." in text
    assert "Lowest F1 on the test split" in text
    assert "Texts longer than 48 tokens are cut at the end." in text
    temperature = InferenceSettings.read(finished_run.model).temperature
    assert (f"softmax(logits / {temperature:.4f})" in text) == (temperature != 1)


def test_the_card_does_not_contain_paths(finished_run: RunDirectory, small: Small) -> None:
    text = (finished_run.model / "README.md").read_text()
    assert str(small.train.parent) not in text
    assert str(finished_run.path.parent) not in text
    assert str(small.model.parent) not in text
    assert "train.csv" in text


def test_the_card_of_a_run_without_a_test_split(small: Small, tmp_path: Path) -> None:
    run = trained(
        small.config(tmp_path, {"model": {"name": "cnn", "vocabulary": 600}}, max_steps=2, eval_steps=1)
    )
    text = (run.model / "README.md").read_text()
    found = front_matter(text)
    assert "base_model" not in found
    assert "cnn" in found["tags"]
    splits = [result["dataset"]["split"] for result in found["model-index"][0]["results"]]
    assert set(splits) == {"validation"}
    assert "No test split has been scored with these weights." in text
    assert "import core.models.from_scratch" in text


def run_with_model(folder: Path, labels: list[str], step: int) -> RunDirectory:
    """A run with a model of this step, without weights."""
    run = make_tested(folder, labels)
    run.model.mkdir()
    record = ModelRecord(run.name, step, labels, 64, "accuracy", 0.9)
    (run.model / MODEL_RECORD).write_bytes(msgspec.json.encode(record))
    return run


@pytest.mark.parametrize(
    ("policy", "read", "by_pipeline"),
    [
        ("head", "are cut at the end", True),
        ("tail", "are cut at the beginning", True),
        ("head-tail", "are cut in the middle", False),
        ("windows", "are read in overlapping windows, at most 16 of them", False),
    ],
)
def test_the_card_says_when_pipeline_gives_other_predictions(
    policy: str, read: str, by_pipeline: bool, tmp_path: Path
) -> None:
    facts = gather(run_with_model(tmp_path, ["bad", "good"], 200))
    assert facts.plan is not None
    text = card(msgspec.structs.replace(facts, plan=msgspec.structs.replace(facts.plan, long_text=policy)))
    assert f"Texts longer than 64 tokens {read}" in text
    assert ("`pipeline` reads only their beginning" in text) == (not by_pipeline)


def test_the_card_says_how_label_sets_are_chosen(tmp_path: Path) -> None:
    run = run_with_model(tmp_path, ["bad", "good"], 200)
    InferenceSettings(temperature=1.5, thresholds=[0.25, 0.75]).write(run.model)
    facts = gather(run)
    assert facts.plan is not None
    plan = msgspec.structs.replace(facts.plan, is_multi_label=True)
    text = card(msgspec.structs.replace(facts, plan=plan))
    assert "Probabilities are calibrated: sigmoid(logits / 1.5000)" in text
    assert 'it returns the logits with `function_to_apply="none"`' in text
    assert "its threshold: bad 0.250 and good 0.750." in text
    assert "bertcls-tui applies them; `pipeline` returns the probabilities of all labels" in text


def test_hostile_labels_are_escaped(tmp_path: Path) -> None:
    run = run_with_model(tmp_path, HOSTILE, 200)
    write_card(run)
    text = (run.model / "README.md").read_text()
    assert front_matter(text)["model-index"][0]["name"] == "made"
    assert "<script" not in text
    assert "\x1b" not in text


def test_figures_of_other_weights_are_omitted(tmp_path: Path) -> None:
    text = card(gather(run_with_model(tmp_path, ["bad", "good"], 300)))
    assert "No test split has been scored with these weights." in text
    assert "| test |" not in text.split("## Training")[0]
