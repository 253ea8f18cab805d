"""Runs that are refused, that fail, and that are resumed afterwards; in this process."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file
from small_runs import Small, events_of, losses, new_run, of_kind, train_here, trained, weights
from transformers import AutoTokenizer

from core.config import RunConfig
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.events import RunStarted
from core.runs.history import read_history
from core.training import rehearsal
from core.training.checkpoint_saver import CheckpointSaver


def optimizer(folder: Path) -> dict[str, object]:
    return {name: tensor.tolist() for name, tensor in load_file(folder / "optimizer.safetensors").items()}


def refused(config: RunConfig) -> RunDirectory:
    run = new_run(config)
    assert train_here(run) == 2
    return run


def test_a_missing_data_file_refuses_the_run(small: Small, tmp_path: Path) -> None:
    run = refused(small.config(tmp_path, {"data": {"train": str(tmp_path / "gone.csv")}}))
    ended = read_history(run).ended
    assert ended is not None
    assert (ended.reason, ended.step) == ("refused", 0)
    assert "gone.csv: no such file" in ended.error
    assert not run.model.exists()
    assert not run.is_alive


def test_a_token_without_a_word_embedding_refuses_the_run_in_any_split(small: Small, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(small.model, model)
    tokenizer = AutoTokenizer.from_pretrained(model)
    tokenizer.add_tokens(["brobdingnagian"])
    tokenizer.save_pretrained(model)
    validation = tmp_path / "validation.csv"
    validation.write_bytes(small.validation.read_bytes() + b"A brobdingnagian film.,positive\n")
    data = {"data": {"validation": str(validation)}, "model": {"name": str(model)}}
    ended = read_history(refused(small.config(tmp_path / "runs", data))).ended
    assert ended is not None
    assert "token 'brobdingnagian' of the validation split has no word embedding" in ended.error
    assert "resize_token_embeddings" in ended.error


def test_a_tokenizer_may_skip_token_ids(small: Small, tmp_path: Path) -> None:
    """With duplicate lines in a vocabulary, the highest token id exceeds the number of tokens."""
    model = tmp_path / "model"
    shutil.copytree(small.model, model)
    file = model / "tokenizer.json"
    tokenizer = json.loads(file.read_text())
    words = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = {
        word: number for word, number in words.items() if not 300 <= number < 900 or len(word) < 4
    }
    assert len(tokenizer["model"]["vocab"]) < 900
    file.write_text(json.dumps(tokenizer))
    assert train_here(new_run(small.config(tmp_path / "runs", {"model": {"name": str(model)}}))) == 0


def test_too_little_memory_for_a_checkpoint_refuses_the_run(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "free_bytes", lambda device: 1000)
    ended = read_history(refused(small.config(tmp_path))).ended
    assert ended is not None
    assert "to hold a checkpoint while it is written" in ended.error


def test_an_invalid_configuration_refuses_the_run(small: Small, tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "run", unique=True)
    run.write_config("[training]\nseed = -1\n")
    assert train_here(run) == 2
    ended = read_history(run).ended
    assert ended is not None
    assert ended.reason == "refused"
    assert "training.seed" in ended.error


def test_resuming_with_changed_data_is_refused(small: Small, tmp_path: Path) -> None:
    data = tmp_path / "train.csv"
    data.write_bytes(small.train.read_bytes())
    run = trained(small.config(tmp_path / "runs", {"data": {"train": str(data)}}, max_steps=5))
    before = losses(run)
    data.write_bytes(small.train.read_bytes() + b"another review,positive\n")
    assert train_here(run, resume=True) == 2
    history = read_history(run)
    assert history.ended is not None
    assert history.ended.reason == "refused"
    assert "the data have changed since this run began" in history.ended.error
    assert str(data) in history.ended.error
    assert list(history.steps.loss) == before


def test_a_run_that_failed_on_a_full_disk_resumes_to_the_same_result(
    small: Small, finished_run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second checkpoint does not fit on the disk; the first one, from mid-epoch, stays complete."""
    stage = CheckpointSaver.stage

    def stage_on_full_disk(self: CheckpointSaver, folder: Path, *state: Any) -> None:
        stage(self, folder, *state)
        if folder.name == "checkpoint-10":
            (folder / "model.safetensors").symlink_to("/dev/full")

    layers = {"data": {"test": str(small.test)}, "output": {"disk_wait": 0}}
    run = new_run(small.config(tmp_path, layers))
    with monkeypatch.context() as patch:
        patch.setattr(CheckpointSaver, "stage", stage_on_full_disk)
        assert train_here(run) == 1
    ended = read_history(run).ended
    assert ended is not None
    assert ended.reason == "failed"
    assert 10 <= ended.step <= 15
    assert (
        "the checkpoint of step 10 cannot be written (No space left on device; waited for 0s)" in ended.error
    )
    assert "Free disk space, then resume the run" in ended.error
    assert [checkpoint.step for checkpoint in checkpoints.complete(run)] == [5]
    assert not checkpoints.staging(run).exists()

    assert train_here(run, resume=True) == 0
    assert of_kind(events_of(run), RunStarted)[1].resumed_from == 5
    assert losses(run) == losses(finished_run)
    assert weights(run.model) == weights(finished_run.model)
    one, other = (optimizer(checkpoints.require(each, "last").path) for each in (run, finished_run))
    assert one == other


def test_a_killed_checkpoint_writer_fails_the_run(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over = CheckpointSaver.hand_over

    def hand_over_and_kill(self: CheckpointSaver, folder: Path, step: int, *, is_best: bool) -> None:
        hand_over(self, folder, step, is_best=is_best)
        if step == 10:
            assert self._writer is not None
            self._writer.kill()

    monkeypatch.setattr(CheckpointSaver, "hand_over", hand_over_and_kill)
    run = new_run(small.config(tmp_path))
    # The writer may complete this checkpoint before it dies, but never the next.
    assert train_here(run) == 1
    ended = read_history(run).ended
    assert ended is not None
    assert (ended.reason, "has ended unexpectedly" in ended.error) == ("failed", True)
    assert checkpoints.require(run, "last").step in (5, 10)
