"""What a checkpoint keeps of training beside the weights: checked before it is used, and never run."""

import contextlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainerState

from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.training.saving import OPTIMIZER

SCHEDULER = "scheduler.pt"
RANDOM = "rng_state.pth"
_STATE = "trainer_state.json"


def load_optimizer(folder: Path, optimizer: torch.optim.Optimizer) -> None:
    """Give the optimizer the state that `folder` holds.

    Raises:
        Problem: it cannot be read, or is not that of these parameters.
    """
    with reading(folder / OPTIMIZER):
        state: dict[int, dict[str, Any]] = {}
        with safe_open(folder / OPTIMIZER, framework="pt") as file:
            groups = json.loads(file.metadata()["param_groups"])
            for key in file.keys():  # noqa: SIM118 - it is no dict
                number, _, name = key.partition(".")
                state.setdefault(int(number), {})[name] = file.get_tensor(key)
        _check_moments(state, groups, optimizer)
        optimizer.load_state_dict({"state": state, "param_groups": groups})


def load_scheduler(folder: Path, scheduler: LambdaLR) -> None:
    """Give the schedule of the learning rate the state that `folder` holds.

    Raises:
        Problem: it cannot be read, or is that of another one.
    """
    with reading(folder / SCHEDULER):
        state = torch.load(folder / SCHEDULER, weights_only=True)
        known = scheduler.state_dict()
        if state.keys() != known.keys() or any(type(state[name]) is not type(known[name]) for name in known):
            raise ValueError("it is not the state of this schedule")
        for name in ("base_lrs", "_last_lr"):
            if len(state[name]) != len(known[name]) or not all(map(math.isfinite, state[name])):
                raise ValueError(f"{name} are not the learning rates of this model")
        scheduler.load_state_dict(state)


def check_state(folder: Path) -> None:
    """Make sure that what the Trainer reads by itself is there and can be read.

    Raises:
        Problem: it is not.
    """
    with reading(folder / _STATE):
        state = TrainerState.load_from_json(str(folder / _STATE))
        if not isinstance(state.global_step, int) or state.global_step < 0:
            raise ValueError("its step is none")
    with reading(folder / RANDOM):
        # It is loaded by its name and as data, too, but passed over where it is missing.
        (folder / RANDOM).stat()


@contextlib.contextmanager
def reading(file: Path) -> Iterator[None]:
    """Whatever goes wrong with reading a file of a checkpoint is a sentence that says how to go on.

    Raises:
        Problem: something went wrong.
    """
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise Problem(
            f"this part of the checkpoint is missing or damaged ({reason})",
            where=str(file),
            mend=_advice(file.parent),
        ) from error


def _advice(folder: Path) -> str:
    run = RunDirectory(folder.parent.parent)
    others = [each.step for each in checkpoints.complete(run) if each.path.name != folder.name]
    if not others:
        return "There is no other checkpoint to go on from: begin a new run from its config.toml."
    return f"Delete the folder {folder.name}, and resume: the run goes on from step {max(others)}."


def _check_moments(
    state: dict[int, dict[str, Any]], groups: list[dict[str, Any]], optimizer: torch.optim.Optimizer
) -> None:
    """Make sure that the state is that of the parameters of `optimizer`, which does not look at shapes.

    Raises:
        ValueError: it is not.
    """
    parameters = [each for group in optimizer.param_groups for each in group["params"]]
    numbers = [number for group in groups for number in group["params"]]
    if len(numbers) != len(parameters) or not state.keys() <= set(numbers):
        raise ValueError("it is not the state of this model")
    for number, parameter in zip(numbers, parameters, strict=True):
        for name, value in state.get(number, {}).items():
            if value.shape not in ((), parameter.shape) or not value.isfinite().all():
                raise ValueError(f"{name} of parameter {number} is not that of this model")
    for group, known in zip(groups, optimizer.param_groups, strict=True):
        rates = [group[name] for name in ("lr", "weight_decay", "eps")]
        if group.keys() != known.keys() or not all(map(math.isfinite, rates)):
            raise ValueError("its settings are not those of this optimizer")
