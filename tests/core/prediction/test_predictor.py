"""The predictor: what the checkpoint says, for any number of texts, in their order."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from small_runs import Small, new_run

from core.prediction.predictor import Predictor, find_source
from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.training.devices import Device

CPU = Device("cpu", "CPU", bf16=False)
TEXTS = [
    "A film that I would see again.",
    "no",
    "The second act drags, the third one runs, and nobody on the stage seems to know why. " * 6,
    "",
    "Fine.",
]


@pytest.fixture(scope="module")
def predictor(finished_run: RunDirectory) -> Predictor:
    return Predictor(find_source(finished_run, "best"), CPU)


@pytest.fixture
def copy(finished_run: RunDirectory, tmp_path: Path) -> RunDirectory:
    """A copy of the finished run that may be changed."""
    shutil.copytree(finished_run.path, tmp_path / "copy")
    return RunDirectory.open(tmp_path / "copy")


def test_probabilities_add_up_to_one(predictor: Predictor) -> None:
    output = predictor.predict(TEXTS)
    assert output.probabilities.shape == (len(TEXTS), 2)
    assert output.probabilities.sum(axis=1) == pytest.approx(1.0)
    assert (output.probabilities >= 0).all()
    assert output.milliseconds > 0


def test_labels_and_length_are_those_of_the_run(predictor: Predictor) -> None:
    assert predictor.labels == ["negative", "positive"]
    assert predictor.max_length == 48


def test_it_agrees_with_the_pipeline(predictor: Predictor) -> None:
    from transformers import pipeline

    ask = pipeline("text-classification", model=str(predictor.source.folder), top_k=None)
    for text, row in zip(TEXTS, predictor.predict(TEXTS).probabilities, strict=True):
        (answers,) = ask([text], truncation=True)
        expected = {answer["label"]: answer["score"] for answer in answers}
        found = dict(zip(predictor.labels, row.tolist(), strict=True))
        assert found == pytest.approx(expected, abs=1e-5)


def test_the_order_is_kept_whatever_the_batches(predictor: Predictor) -> None:
    alone = np.concatenate([predictor.predict([text]).probabilities for text in TEXTS])
    told: list[int] = []
    together = predictor.predict(TEXTS, batch_size=2, on_progress=told.append)
    assert together.probabilities == pytest.approx(alone, abs=1e-6)
    assert told == [2, 4, 5]


def test_no_texts(predictor: Predictor) -> None:
    output = predictor.predict([])
    assert output.probabilities.shape == (0, 2)
    assert len(output.full_lengths) == len(output.truncated) == 0


def test_truncation_is_told(predictor: Predictor) -> None:
    output = predictor.predict(TEXTS)
    assert output.truncated.tolist() == [False, False, True, False, False]
    assert output.full_lengths[2] > 48
    assert output.full_lengths[3] == 2


def test_best_and_last_are_chosen(finished_run: RunDirectory) -> None:
    best, last = (find_source(finished_run, which) for which in ("best", "last"))
    assert (last.step, last.which) == (20, "last")
    assert (best.step, best.which) == (checkpoints.require(finished_run, "best").step, "best")
    assert best.folder != last.folder


def test_without_a_best_checkpoint_the_last_is_used_and_called_so(copy: RunDirectory) -> None:
    checkpoints.remove(find_source(copy, "best").folder)
    assert (find_source(copy, "best").step, find_source(copy, "best").which) == (20, "last")


def test_without_checkpoints_the_finished_model_is_used(copy: RunDirectory, predictor: Predictor) -> None:
    shutil.rmtree(copy.checkpoints)
    loaded = Predictor.load(copy, "last", device="cpu")
    assert loaded.source.folder == copy.model
    assert (loaded.source.step, loaded.source.which) == (predictor.source.step, "best")
    found = Predictor(loaded.source, CPU).predict(TEXTS).probabilities
    assert (found == predictor.predict(TEXTS).probabilities).all()


def test_no_checkpoint_yet(small: Small, tmp_path: Path) -> None:
    run = new_run(small.config(tmp_path))
    with pytest.raises(Problem, match="no checkpoint yet.*first evaluation"):
        Predictor.load(run, "best")


def test_a_damaged_checkpoint_is_a_problem(copy: RunDirectory) -> None:
    (find_source(copy, "last").folder / "model.safetensors").unlink()
    with pytest.raises(Problem, match="this checkpoint cannot be read"):
        Predictor.load(copy, "last", device="cpu")


def test_a_checkpoint_that_goes_while_it_is_loaded(
    copy: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its trainer wrote a newer one meanwhile and removed it."""
    from core.models import loading

    load, gone = loading.load_saved, find_source(copy, "best").folder

    def load_late(folder: Path) -> object:
        if folder == gone:
            checkpoints.remove(gone)
        return load(folder)

    monkeypatch.setattr("core.prediction.predictor.load_saved", load_late)
    assert Predictor.load(copy, "best", device="cpu").source.step == 20
