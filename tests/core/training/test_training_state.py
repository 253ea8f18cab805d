"""Training state in a checkpoint: restored exactly; damaged or foreign files are refused."""

import json
import os
import pickle
import random
import shutil
import signal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from small_runs import Small, learning_rates, losses, new_run, train_here, weights

from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.training.recorder import StepRecorder
from core.training.training_state import (
    OLD_RANDOM,
    OPTIMIZER,
    RANDOM,
    STOPPING,
    RandomState,
    load_optimizer,
    read_stopping_state,
    restore_random,
)

CPU = torch.device("cpu")


class RunsOnUnpickle:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch executed",)


@pytest.fixture
def checkpoint(run_copy: RunDirectory) -> Path:
    """The last checkpoint of a run, which has an earlier one."""
    best, last = checkpoints.complete(run_copy)
    assert best.step < last.step
    return last.path


@pytest.fixture
def optimizer(checkpoint: Path) -> torch.optim.Optimizer:
    """An optimizer of parameters with the shapes of the run."""
    with safe_open(checkpoint / OPTIMIZER, framework="pt") as file:
        groups = json.loads(file.metadata()["param_groups"])
    moments = load_file(checkpoint / OPTIMIZER)
    numbers = [group["params"] for group in groups]
    parameters = [
        [torch.nn.Parameter(torch.zeros_like(moments[f"{number}.exp_avg"])) for number in each]
        for each in numbers
    ]
    return torch.optim.AdamW([{"params": each} for each in parameters], lr=1e-3, fused=True)


def restore(checkpoint: Path, optimizer: torch.optim.Optimizer) -> None:
    """Restore all of a checkpoint but the model."""
    load_optimizer(checkpoint, optimizer)
    restore_random(checkpoint, CPU)
    read_stopping_state(checkpoint)


def change(checkpoint: Path, **tensors: torch.Tensor) -> None:
    with safe_open(checkpoint / OPTIMIZER, framework="pt") as file:
        note = file.metadata()
    save_file(load_file(checkpoint / OPTIMIZER) | tensors, checkpoint / OPTIMIZER, note)


def test_intact_state_is_restored(checkpoint: Path, optimizer: torch.optim.Optimizer) -> None:
    load_optimizer(checkpoint, optimizer)
    assert len(optimizer.state_dict()["state"]) == sum(len(g["params"]) for g in optimizer.param_groups)


@pytest.mark.parametrize(
    "tensors",
    [
        {"0.exp_avg": torch.zeros(3, 1)},
        {"0.exp_avg_sq": torch.tensor(float("nan"))},
        {"999.exp_avg": torch.zeros(2)},
        {"x.exp_avg": torch.zeros(2)},
    ],
)
def test_moments_of_other_parameters_are_refused(
    checkpoint: Path, optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]
) -> None:
    change(checkpoint, **tensors)
    with pytest.raises(Problem, match=r"optimizer\.safetensors: this part of the checkpoint .* damaged"):
        load_optimizer(checkpoint, optimizer)


@pytest.mark.parametrize("name", [OPTIMIZER, RANDOM, STOPPING])
@pytest.mark.parametrize("content", [None, b"", b"{", b"junk" * 100])
def test_a_missing_or_damaged_file_is_named_with_the_remedy(
    checkpoint: Path, optimizer: torch.optim.Optimizer, name: str, content: bytes | None
) -> None:
    (checkpoint / name).unlink()
    if content is not None:
        (checkpoint / name).write_bytes(content)
    with pytest.raises(Problem) as caught:
        restore(checkpoint, optimizer)
    message = str(caught.value)
    earlier = checkpoints.complete(RunDirectory(checkpoint.parent.parent))[0].step
    assert f"{checkpoint.name}/{name}: this part of the checkpoint is missing or damaged" in message
    assert message.endswith(
        f"Delete the folder {checkpoint.name}, then resume: the run continues from step {earlier}."
    )


def test_pickled_code_is_not_executed(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older versions pickled the state of random generators."""
    monkeypatch.chdir(tmp_path)
    (checkpoint / RANDOM).unlink()
    for content in (pickle.dumps(RunsOnUnpickle()), _zipped(RunsOnUnpickle(), tmp_path)):
        (checkpoint / OLD_RANDOM).write_bytes(content)
        with pytest.raises(Problem, match=r"rng_state\.pth: this part of the checkpoint"):
            restore_random(checkpoint, CPU)
    assert not Path("executed").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"host": b"short"},
        {"python": (3, (1, 2, 3), None)},
        {"numpy": ("MT19937", [1, 2], 0, 0, 0.0)},
        {"numpy": ("PCG64", [], 0, 0, 0.0)},
    ],
)
def test_states_of_other_random_generators_are_refused(checkpoint: Path, changes: dict[str, Any]) -> None:
    state = msgspec.structs.replace(RandomState.now(CPU), **changes)
    (checkpoint / RANDOM).write_bytes(msgspec.json.encode(state))
    with pytest.raises(Problem, match=r"random\.json: this part of the checkpoint"):
        restore_random(checkpoint, CPU)


def draw() -> list[float]:
    """Draw the next numbers of all generators."""
    return [random.random(), random.gauss(), np.random.random(), np.random.normal(), float(torch.rand(()))]


def test_random_numbers_continue_after_a_restore(tmp_path: Path) -> None:
    draw()  # generators keep the second of a pair of normal numbers
    (tmp_path / RANDOM).write_bytes(msgspec.json.encode(RandomState.now(CPU)))
    expected = draw()
    draw()
    restore_random(tmp_path, CPU)
    assert draw() == expected


def make_old(run: RunDirectory) -> None:
    """Give the last checkpoint the files of versions that trained with transformers.Trainer."""
    folder = checkpoints.require(run, "last").path
    state = msgspec.json.decode((folder / RANDOM).read_bytes(), type=RandomState)
    (folder / RANDOM).unlink()
    name, keys, *position = state.numpy
    old = {
        "python": state.python,
        "numpy": (name, np.array(keys, np.uint32), *position),
        "cpu": torch.tensor(list(state.host), dtype=torch.uint8),
    }
    torch.save(old, folder / OLD_RANDOM)
    step = checkpoints.require(run, "last").step
    schedule = {
        "base_lrs": [1e-3, 1e-3],
        "last_epoch": step,
        "_step_count": step + 1,
        "_is_initial": False,
        "_get_lr_called_within_step": False,
        "_last_lr": [9e-4, 9e-4],
        "lr_lambdas": [None, None],
    }
    torch.save(schedule, folder / "scheduler.pt")
    trainer_state = {"epoch": step / 12, "global_step": step, "max_steps": 20, "eval_steps": 5}
    (folder / "trainer_state.json").write_text(json.dumps(trainer_state))
    with safe_open(folder / OPTIMIZER, framework="pt") as file:
        groups = json.loads(file.metadata()["param_groups"])
    for group in groups:
        group |= {"initial_lr": 1e-3, "lr": 9e-4}
    save_file(load_file(folder / OPTIMIZER), folder / OPTIMIZER, {"param_groups": json.dumps(groups)})


def test_a_checkpoint_of_an_older_version_resumes_to_the_last_bit(
    small: Small, tmp_path: Path, finished_run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(small.config(tmp_path, {"data": {"test": str(small.test)}}))
    record = StepRecorder.record

    def stop_after_seven(self: StepRecorder, step: int, *figures: Any) -> None:
        record(self, step, *figures)
        if step == 7:
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(StepRecorder, "record", stop_after_seven)
        assert train_here(run) == 0
    make_old(run)
    assert train_here(run, resume=True) == 0, read_history(run).ended
    assert losses(run) == losses(finished_run)
    assert learning_rates(run) == learning_rates(finished_run)
    assert weights(run.model) == weights(finished_run.model)
    names = {path.name for path in run.model.iterdir()}
    assert names == {path.name for path in finished_run.model.iterdir()}


def test_the_message_says_when_there_is_no_other_checkpoint(checkpoint: Path) -> None:
    shutil.rmtree(checkpoints.complete(RunDirectory(checkpoint.parent.parent))[0].path)
    (checkpoint / RANDOM).unlink()
    with pytest.raises(Problem, match=r"There is no other checkpoint to resume from: start a new run"):
        restore_random(checkpoint, CPU)


def _zipped(value: Any, folder: Path) -> bytes:
    torch.save(value, folder / "made.pt")
    return (folder / "made.pt").read_bytes()
