"""The state of training in a checkpoint: what is damaged, or somebody else's, is refused in a sentence."""

import json
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.training.restoring import RANDOM, SCHEDULER, check_state, load_optimizer, load_scheduler, reading
from core.training.saving import OPTIMIZER


class Executed:
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
    """One of parameters such as the run trained."""
    with safe_open(checkpoint / OPTIMIZER, framework="pt") as file:
        groups = json.loads(file.metadata()["param_groups"])
    moments = load_file(checkpoint / OPTIMIZER)
    numbers = [group["params"] for group in groups]
    parameters = [
        [torch.nn.Parameter(torch.zeros_like(moments[f"{number}.exp_avg"])) for number in each]
        for each in numbers
    ]
    made = torch.optim.AdamW([{"params": each} for each in parameters], lr=1e-3, fused=True)
    for group in made.param_groups:
        group.setdefault("initial_lr", 1e-3)
    return made


def restore(checkpoint: Path, optimizer: torch.optim.Optimizer) -> None:
    """All that a trainer restores beside the weights."""
    check_state(checkpoint)
    load_optimizer(checkpoint, optimizer)
    load_scheduler(checkpoint, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0))
    with reading(checkpoint / RANDOM):
        torch.load(checkpoint / RANDOM, weights_only=True)


def change(checkpoint: Path, **tensors: torch.Tensor) -> None:
    with safe_open(checkpoint / OPTIMIZER, framework="pt") as file:
        note = file.metadata()
    save_file(load_file(checkpoint / OPTIMIZER) | tensors, checkpoint / OPTIMIZER, note)


def test_sound_state_is_taken(checkpoint: Path, optimizer: torch.optim.Optimizer) -> None:
    check_state(checkpoint)
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


@pytest.mark.parametrize("name", [OPTIMIZER, SCHEDULER, RANDOM, "trainer_state.json"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"junk" * 100])
def test_what_is_missing_or_damaged_is_named_with_the_way_on(
    checkpoint: Path, optimizer: torch.optim.Optimizer, name: str, content: bytes | None
) -> None:
    (checkpoint / name).unlink()
    if content is not None:
        (checkpoint / name).write_bytes(content)
    with pytest.raises(Problem) as caught:
        restore(checkpoint, optimizer)
    said = str(caught.value)
    earlier = checkpoints.complete(RunDirectory(checkpoint.parent.parent))[0].step
    assert f"{checkpoint.name}/{name}: this part of the checkpoint is missing or damaged" in said
    assert said.endswith(
        f"Delete the folder {checkpoint.name}, and resume: the run goes on from step {earlier}."
    )


def test_a_pickle_is_not_executed(
    checkpoint: Path, optimizer: torch.optim.Optimizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    for content in (pickle.dumps(Executed()), _zipped(Executed(), tmp_path)):
        (checkpoint / SCHEDULER).write_bytes(content)
        with pytest.raises(Problem, match=r"scheduler\.pt: this part of the checkpoint"):
            load_scheduler(checkpoint, scheduler)
    assert not Path("executed").exists()


@pytest.mark.parametrize("changes", [{"base_lrs": []}, {"_last_lr": ["x"]}, {"step": 5}, {"last_epoch": "x"}])
def test_another_schedule_is_refused(
    checkpoint: Path, optimizer: torch.optim.Optimizer, changes: dict[str, Any]
) -> None:
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    torch.save(scheduler.state_dict() | changes, checkpoint / SCHEDULER)
    with pytest.raises(Problem, match=r"scheduler\.pt: this part of the checkpoint"):
        load_scheduler(checkpoint, scheduler)


def test_where_there_is_no_other_checkpoint_it_says_so(checkpoint: Path) -> None:
    shutil.rmtree(checkpoints.complete(RunDirectory(checkpoint.parent.parent))[0].path)
    (checkpoint / RANDOM).unlink()
    with pytest.raises(Problem, match=r"There is no other checkpoint to go on from: begin a new run"):
        check_state(checkpoint)


def _zipped(value: Any, folder: Path) -> bytes:
    torch.save(value, folder / "made.pt")
    return (folder / "made.pt").read_bytes()
