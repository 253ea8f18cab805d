"""The bundled encoder on the sample reviews, from the command line to a prediction."""

import json
from pathlib import Path

import pytest
from commands import bertcls, json_of

from core.models.catalog import bundled_minilm
from core.runs.start import SAMPLE_DATA

pytestmark = pytest.mark.skipif(bundled_minilm() is None, reason="the minilm extra is not installed")

FEW_ROWS = 60


def test_from_a_file_to_a_prediction(tmp_path: Path) -> None:
    few = tmp_path / "few_reviews.csv"
    with (SAMPLE_DATA / "reviews_test.csv").open(encoding="utf-8") as reviews:
        few.write_text("".join(next(reviews) for _ in range(FEW_ROWS + 1)), encoding="utf-8")
    found = bertcls(
        "train", few, "--test", few, "--model", "minilm", "--max-length", 48, "--max-steps", 12,
        "--eval-steps", 6, "--name", "run", "--runs-dir", tmp_path,
    )  # fmt: skip
    assert (found.returncode, found.stderr) == (0, "")
    assert "minilm (22.7 M parameters)" in found.stdout
    assert "occur in both train and test" in found.stdout
    assert f"n={FEW_ROWS}" in found.stdout
    (listed,) = json_of("list", "--runs-dir", tmp_path)
    assert (listed["state"], listed["step"], listed["model"]) == ("finished", 12, "minilm")
    assert json.loads((tmp_path / "run" / "model" / "config.json").read_text())["id2label"] == {
        "0": "negative",
        "1": "positive",
    }
    answer = json_of("predict", "run", "not a dull page", "--runs-dir", tmp_path)
    (prediction,) = answer["predictions"]
    assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert not prediction["truncated"]
