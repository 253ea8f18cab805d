"""Predictor: predictions of a checkpoint for any number of texts, in their order."""

import contextlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import Small, new_run, train_here

from core.models import logits
from core.prediction.predictor import Predictor, find_source
from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory

CPU = torch.device("cpu")
TEXTS = [
    "A film that I would see again.",
    "no",
    "The second act drags, the third one runs, and nobody on the stage seems to know why. " * 6,
    "",
    "Fine.",
]


@pytest.fixture(scope="module")
def predictor(finished_run: RunDirectory) -> Predictor:
    return Predictor(find_source(finished_run, "best"), CPU, bf16=False)


@pytest.fixture
def copy(finished_run: RunDirectory, tmp_path: Path) -> RunDirectory:
    """A copy of the finished run that may be changed."""
    shutil.copytree(finished_run.path, tmp_path / "copy")
    return RunDirectory.open(tmp_path / "copy")


def test_probabilities_sum_to_one(predictor: Predictor) -> None:
    output = predictor.predict(TEXTS)
    assert output.probabilities.shape == (len(TEXTS), 2)
    assert output.probabilities.sum(axis=1) == pytest.approx(1.0)
    assert (output.probabilities >= 0).all()
    assert output.milliseconds > 0


def test_labels_and_maximum_length_match_the_run(predictor: Predictor) -> None:
    assert predictor.labels == ["negative", "positive"]
    assert predictor.max_length == 48


def test_logits_match_the_transformers_pipeline(predictor: Predictor) -> None:
    from transformers import pipeline

    ask = pipeline("text-classification", model=str(predictor.source.folder), top_k=None)
    for text, row in zip(TEXTS, predictor.predict(TEXTS).logits, strict=True):
        (answers,) = ask([text], truncation=True, function_to_apply="none")
        expected = {answer["label"]: answer["score"] for answer in answers}
        found = dict(zip(predictor.labels, row.tolist(), strict=True))
        assert found == pytest.approx(expected, abs=1e-5)


def test_the_order_does_not_depend_on_the_batches(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = np.concatenate([predictor.predict([text]).probabilities for text in TEXTS])
    reported: list[int] = []
    monkeypatch.setitem(logits.BUDGETS, "cpu", 60)
    together = predictor.predict(TEXTS, on_progress=reported.append)
    assert together.probabilities == pytest.approx(alone, abs=1e-6)
    assert reported == [2, 5]


def test_no_texts_give_an_empty_output(predictor: Predictor) -> None:
    output = predictor.predict([])
    assert output.probabilities.shape == (0, 2)
    assert len(output.full_lengths) == len(output.truncated) == 0


def test_texts_can_be_encoded_in_advance(predictor: Predictor) -> None:
    before = predictor.predict_tokens(predictor.encode(TEXTS))
    at_once = predictor.predict(TEXTS)
    assert (before.probabilities == at_once.probabilities).all()
    assert before.full_lengths.tolist() == at_once.full_lengths.tolist()
    assert before.truncated.tolist() == at_once.truncated.tolist()


def test_truncation_is_reported(predictor: Predictor) -> None:
    output = predictor.predict(TEXTS)
    assert output.truncated.tolist() == [False, False, True, False, False]
    assert output.full_lengths[2] > 48
    assert output.full_lengths[3] == 2


def test_best_and_last_choose_different_checkpoints(finished_run: RunDirectory) -> None:
    best, last = (find_source(finished_run, which) for which in ("best", "last"))
    assert (last.step, last.which) == (20, "last")
    assert (best.step, best.which) == (checkpoints.require(finished_run, "best").step, "best")
    assert best.folder != last.folder


def test_without_a_best_checkpoint_the_last_is_used_and_named(copy: RunDirectory) -> None:
    checkpoints.remove(find_source(copy, "best").folder)
    assert (find_source(copy, "best").step, find_source(copy, "best").which) == (20, "last")


def test_without_checkpoints_the_finished_model_is_used(copy: RunDirectory, predictor: Predictor) -> None:
    shutil.rmtree(copy.checkpoints)
    loaded = Predictor.load(copy, "last", device="cpu")
    assert loaded.source.folder == copy.model
    assert (loaded.source.step, loaded.source.which) == (predictor.source.step, "best")
    found = Predictor(loaded.source, CPU, bf16=False).predict(TEXTS).probabilities
    assert (found == predictor.predict(TEXTS).probabilities).all()


def test_a_new_run_has_no_checkpoint_yet(small: Small, tmp_path: Path) -> None:
    run = new_run(small.config(tmp_path))
    with pytest.raises(Problem, match="no checkpoint yet.*first evaluation"):
        Predictor.load(run, "best")


def test_a_rejected_run_has_no_checkpoint_and_the_error_says_why(small: Small, tmp_path: Path) -> None:
    run = new_run(small.config(tmp_path, {"data": {"train": "gone.csv"}}))
    assert train_here(run) == 2
    with pytest.raises(Problem, match=r"ended before its first checkpoint \(gone.csv: no such file"):
        Predictor.load(run, "best")


def test_a_damaged_checkpoint_is_an_error(copy: RunDirectory) -> None:
    (find_source(copy, "last").folder / "model.safetensors").unlink()
    with pytest.raises(Problem, match="this checkpoint cannot be read"):
        Predictor.load(copy, "last", device="cpu")


def test_a_checkpoint_removed_before_its_weights_are_loaded_is_replaced_by_a_newer_one(
    copy: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trainer wrote a newer checkpoint and removed this one."""
    from core.models import loading

    load, gone = loading.load_saved, find_source(copy, "best").folder

    def load_late(folder: Path) -> object:
        if folder == gone:
            checkpoints.remove(gone)
        return load(folder)

    monkeypatch.setattr("core.prediction.predictor.load_saved", load_late)
    assert Predictor.load(copy, "best", device="cpu").source.step == 20


def test_a_tokenizer_removed_while_loading_is_not_taken_for_an_empty_one(
    copy: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a checkpoint is removed, its folder exists briefly with some of its files."""
    from core.prediction import predictor

    load, gone = predictor.AutoTokenizer.from_pretrained, find_source(copy, "best").folder

    def load_late(folder: Path, **options: object) -> object:
        if folder == gone:
            for name in (checkpoints.MARKER, "tokenizer.json", "vocab.txt"):
                (gone / name).unlink(missing_ok=True)
        return load(folder, **options)

    monkeypatch.setattr(predictor.AutoTokenizer, "from_pretrained", load_late)
    found = Predictor.load(copy, "best", device="cpu")
    assert (found.source.step, found.source.folder.name) == (20, find_source(copy, "last").folder.name)


def test_a_checkpoint_removed_after_its_weights_are_loaded_is_replaced_by_a_newer_one(
    copy: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.models import loading

    load, gone = loading.load_saved, find_source(copy, "best").folder

    def load_early(folder: Path) -> object:
        model = load(folder)
        if folder == gone and gone.exists():
            checkpoints.remove(gone)
        return model

    monkeypatch.setattr("core.prediction.predictor.load_saved", load_early)
    assert Predictor.load(copy, "best", device="cpu").source.step == 20


def test_a_complete_checkpoint_without_a_tokenizer_is_an_error(copy: RunDirectory) -> None:
    folder = find_source(copy, "last").folder
    for name in ("tokenizer.json", "vocab.txt"):
        (folder / name).unlink(missing_ok=True)
    with pytest.raises(
        Problem, match=f"{folder.name}: (the tokenizer is missing|this checkpoint cannot be read)"
    ):
        Predictor.load(copy, "last", device="cpu")


def test_checkpoints_replaced_during_every_load_are_an_error(
    copy: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(folder: Path) -> object:
        marker = folder / checkpoints.MARKER
        content = marker.read_bytes()
        marker.rename(marker.with_name("old"))
        marker.write_bytes(content)
        raise KeyError("weights")

    monkeypatch.setattr("core.prediction.predictor.load_saved", load)
    with pytest.raises(Problem, match="are replaced faster than they can be loaded"):
        Predictor.load(copy, "last", device="cpu")


@pytest.mark.parametrize("asked", ["fp32", "auto"])
def test_predictions_use_the_precision_of_the_run(
    asked: str, copy: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device supports bfloat16. Predictions use fp32 only where the run asked for it."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    copy.write_config(copy.config.read_text().replace('precision = "fp32"', f'precision = "{asked}"'))
    loaded = Predictor.load(copy, "last", device="cpu")
    exact = Predictor(loaded.source, CPU, bf16=False).predict(TEXTS).logits
    assert (loaded.predict(TEXTS).logits == exact).all() == (asked == "fp32")


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make torch report two GPUs."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **options: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "GPU")
    monkeypatch.setattr(torch.cuda, "device", contextlib.nullcontext)
    monkeypatch.setattr(torch, "set_float32_matmul_precision", lambda precision: None)


@pytest.mark.usefixtures("two_gpus")
def test_a_missing_gpu_is_an_error(copy: RunDirectory) -> None:
    with pytest.raises(Problem, match="--device cuda:2: there are only 2 GPUs here.*cuda:1"):
        Predictor.load(copy, "last", device="cuda:2")


@pytest.mark.usefixtures("two_gpus")
def test_the_named_gpu_is_used(copy: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[torch.device] = []

    def move(model: torch.nn.Module, place: torch.device) -> torch.nn.Module:
        moved.append(place)
        return model

    monkeypatch.setattr(torch.nn.Module, "to", move)
    Predictor.load(copy, "last", device="cuda:1")
    assert moved[-1] == torch.device("cuda:1")
