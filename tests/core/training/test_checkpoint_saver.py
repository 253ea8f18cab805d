"""Checkpoints written by another process: complete or absent, with the state of the moment of staging."""

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny_models import tiny
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from waiting import wait_until

from core.models.inference_settings import InferenceSettings
from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.disk_space import DiskSpace
from core.training.checkpoint_saver import WEIGHTS, CheckpointSaver
from core.training.training_state import OPTIMIZER, load_optimizer


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, "run", unique=True)


class Training:
    """A model, its optimizer and a saver, used as the training loop uses them."""

    def __init__(self, run: RunDirectory, tokenizer: Any) -> None:
        self.run = run
        self.model = tiny("bert")
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.1, betas=(0.8, 0.99), fused=True)
        self.disk_space = DiskSpace(run, lambda event: None)
        self.disk_space.seconds = 0
        self.saver = CheckpointSaver(run, self.model, tokenizer, self.disk_space)

    def step(self) -> None:
        ids = torch.randint(0, 50, (4, 9), generator=torch.Generator().manual_seed(1))
        self.model(input_ids=ids, labels=torch.tensor([0, 1, 2, 0])).loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def stage(self, step: int) -> Path:
        folder = checkpoints.staging(self.run) / f"checkpoint-{step}"
        self.saver.stage(folder, self.optimizer, InferenceSettings(), {})
        return folder

    def save(self, step: int, *, is_best: bool = False) -> None:
        self.saver.hand_over(self.stage(step), step, is_best=is_best)

    @property
    def writer(self) -> int:
        (child,) = children()
        return child


def children() -> list[int]:
    """The pids of the checkpoint writers that this process started."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    found = [int(number) for path in listed for number in path.read_text().split()]
    return [
        number for number in found if b"checkpoint_writer" in Path(f"/proc/{number}/cmdline").read_bytes()
    ]


@pytest.fixture
def training(run: RunDirectory, tiny_model: Path) -> Iterator[Training]:
    made = Training(run, AutoTokenizer.from_pretrained(tiny_model))
    made.step()
    yield made
    made.saver.close()
    assert children() == []


def copy_of(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in state.items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_checkpoint_has_the_state_of_the_moment_of_staging(training: Training) -> None:
    before = copy_of(training.model.state_dict())
    folder = training.stage(1)
    training.step()
    training.saver.hand_over(folder, 1, is_best=True)
    training.step()
    written = training.saver.wait()
    assert written is not None
    assert (written.step, written.is_best, written.error) == (1, True, "")
    assert written.seconds > 0
    found = checkpoints.require(training.run, "best")
    files = [path for path in found.path.iterdir() if path.name != checkpoints.MARKER]
    assert written.bytes == sum(path.stat().st_size for path in files)
    assert same(load_file(found.path / WEIGHTS), before)
    assert not same(load_file(found.path / WEIGHTS), training.model.state_dict())
    assert not checkpoints.staging(training.run).joinpath("checkpoint-1").exists()


def test_a_checkpoint_loads_as_a_stock_model_with_its_tokenizer(training: Training, tiny_model: Path) -> None:
    training.save(1)
    training.saver.wait()
    found = checkpoints.require(training.run, "last").path
    model, loading = AutoModelForSequenceClassification.from_pretrained(found, output_loading_info=True)
    assert not any(loading.values())
    assert type(model) is type(training.model)
    assert same(model.state_dict(), training.model.state_dict())
    ids = [
        AutoTokenizer.from_pretrained(folder)("A fine film.")["input_ids"] for folder in (found, tiny_model)
    ]
    assert ids[0] == ids[1]


def test_the_optimizer_is_restored_to_the_last_bit(training: Training, tiny_model: Path) -> None:
    training.optimizer.param_groups[0]["lr"] = 0.1 / 3
    training.save(1)
    training.saver.wait()
    found = checkpoints.require(training.run, "last").path
    other = Training(training.run, AutoTokenizer.from_pretrained(tiny_model))
    other.model.load_state_dict(load_file(found / WEIGHTS))
    load_optimizer(found, other.optimizer)
    one, again = training.optimizer.state_dict(), other.optimizer.state_dict()
    assert again["param_groups"][0] | {"betas": (0.8, 0.99)} == one["param_groups"][0]
    assert one["state"].keys() == again["state"].keys()
    assert all(same(one["state"][number], again["state"][number]) for number in one["state"])
    for each in (training, other):
        each.step()
        each.step()
    assert same(other.model.state_dict(), training.model.state_dict())
    other.saver.close()


def test_of_several_checkpoints_the_best_and_the_last_are_kept(training: Training) -> None:
    states = {}
    for step in (1, 2, 3, 4):
        states[step] = copy_of(training.model.state_dict())
        training.save(step, is_best=step == 2)
        training.step()
        written = wait_until(training.saver.poll)
        assert written.step == step
        assert training.saver.poll() is None
    assert [found.step for found in checkpoints.complete(training.run)] == [2, 4]
    for found in checkpoints.complete(training.run):
        assert same(load_file(found.path / WEIGHTS), states[found.step])
    assert len(list(training.run.checkpoints.iterdir())) == 2


def test_without_a_checkpoint_waiting_returns_at_once(training: Training) -> None:
    assert training.saver.poll() is None
    assert training.saver.wait() is None
    assert children() == []


@pytest.mark.parametrize("name", [WEIGHTS, OPTIMIZER])
def test_a_full_disk_is_a_problem_and_the_previous_checkpoint_stays(training: Training, name: str) -> None:
    training.save(1, is_best=True)
    training.saver.wait()
    folder = training.stage(2)
    (folder / name).symlink_to("/dev/full")
    training.saver.hand_over(folder, 2, is_best=True)
    with pytest.raises(
        Problem,
        match="step 2 cannot be written \\(No space left on device; waited for 0s\\).*Free disk space",
    ):
        training.saver.wait()
    assert [found.step for found in checkpoints.complete(training.run)] == [1]
    assert not (folder / name).exists()
    training.save(3)
    assert training.saver.wait() is not None
    assert [found.step for found in checkpoints.complete(training.run)] == [1, 3]


def test_a_killed_writer_is_a_problem(training: Training) -> None:
    training.save(1)
    training.saver.wait()
    os.kill(training.writer, signal.SIGSTOP)
    training.save(2)
    assert training.saver.poll() is None
    os.kill(training.writer, signal.SIGKILL)
    with pytest.raises(Problem, match="has ended unexpectedly.*trainer.log"):
        training.saver.wait()
    with pytest.raises(Problem, match="has ended unexpectedly"):
        training.save(3)
    assert [found.step for found in checkpoints.complete(training.run)] == [1]


def test_the_writer_finishes_despite_a_signal_to_all_processes(training: Training) -> None:
    training.save(1)
    training.saver.wait()
    os.kill(training.writer, signal.SIGTERM)
    os.kill(training.writer, signal.SIGINT)
    training.save(2)
    assert training.saver.wait() is not None


def test_closing_waits_for_the_writer(run: RunDirectory, tiny_model: Path) -> None:
    made = Training(run, AutoTokenizer.from_pretrained(tiny_model))
    made.step()
    made.save(1)
    made.saver.close()
    assert [found.step for found in checkpoints.complete(run)] == [1]


def save_half(training: Training, sender: Any) -> None:
    """Be a trainer whose writer blocks in its second checkpoint, at a pipe that nobody reads yet."""
    training.save(1)
    training.saver.wait()
    folder = training.stage(2)
    os.mkfifo(folder / OPTIMIZER)
    training.saver.hand_over(folder, 2, is_best=True)
    sender.send((training.writer, folder))
    signal.pause()


@pytest.fixture
def adopt_orphans() -> Iterator[None]:
    """Make this process adopt orphans, as the init process of a machine does."""
    set_child_subreaper = 36
    assert ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0) == 0
    yield
    ctypes.CDLL(None).prctl(set_child_subreaper, 0, 0, 0, 0)


@pytest.mark.usefixtures("adopt_orphans")
def test_the_writer_ends_with_its_trainer_and_leaves_no_partial_checkpoint(training: Training) -> None:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    trainer = context.Process(target=save_half, args=(training, sender))
    trainer.start()
    assert receiver.poll(60)
    writer, folder = receiver.recv()
    wait_until(lambda: (folder / WEIGHTS).exists() and (folder / WEIGHTS).stat().st_size)
    trainer.kill()
    trainer.join()
    with (folder / OPTIMIZER).open("rb") as pipe:
        pipe.read()
    try:
        wait_until(lambda: os.waitpid(writer, os.WNOHANG)[0] == writer, timeout=60)
    except AssertionError:
        os.kill(writer, signal.SIGKILL)
        raise
    assert [found.step for found in checkpoints.complete(training.run)] == [1]
    assert not folder.exists()
