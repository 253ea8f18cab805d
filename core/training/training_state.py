"""Everything that a checkpoint holds besides the model: optimizer, random numbers, early stopping.

What is read is checked before it is used, and never executed. Checkpoints of versions that trained with
transformers.Trainer have `rng_state.pth` in place of `random.json`; they are resumed with identical results.
"""

import contextlib
import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
import torch
from safetensors import safe_open

from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.training.early_stopping import StoppingState

OPTIMIZER = "optimizer.safetensors"
RANDOM = "random.json"
STOPPING = "early_stopping.json"
OLD_RANDOM = "rng_state.pth"
# scheduler.pt and trainer_state.json say nothing that step and events do not say.
OLD_FILES = (OLD_RANDOM, "scheduler.pt", "trainer_state.json")


class RandomState(msgspec.Struct, frozen=True):
    """The state of all random number generators that a model may use."""

    python: tuple[int, tuple[int, ...], float | None]
    """As `random.getstate`."""
    numpy: tuple[str, list[int], int, int, float]
    """As `numpy.random.get_state`."""
    host: bytes
    """Of torch on the CPU."""
    device: bytes | None
    """Of torch on the GPU, where one is used."""

    @classmethod
    def now(cls, device: torch.device) -> Self:
        """Return the present state."""
        numpy = np.random.get_state(legacy=False)
        host, *others = torch_random_state(device)
        return cls(
            random.getstate(),
            (
                numpy["bit_generator"],
                numpy["state"]["key"].tolist(),
                numpy["state"]["pos"],
                numpy["has_gauss"],
                numpy["gauss"],
            ),
            host.numpy().tobytes(),
            others[0].numpy().tobytes() if others else None,
        )

    def restore(self, device: torch.device) -> None:
        """Make the generators continue from this state.

        Raises:
            ValueError, TypeError, RuntimeError: it is not the state of these generators.
        """
        random.setstate(self.python)
        name, keys, position, has_gauss, gauss = self.numpy
        np.random.set_state((name, np.array(keys, np.uint32), position, has_gauss, gauss))
        stored = [self.host] if self.device is None or device.type != "cuda" else [self.host, self.device]
        set_torch_random_state(device, [torch.tensor(list(each), dtype=torch.uint8) for each in stored])


def torch_random_state(device: torch.device) -> list[torch.Tensor]:
    """Return the state of torch's generators: that of the host, and that of a GPU where one is used."""
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


def set_torch_random_state(device: torch.device, state: list[torch.Tensor]) -> None:
    """Make torch's generators continue from `state`."""
    torch.set_rng_state(state[0])
    for other in state[1:]:
        torch.cuda.set_rng_state(other, device)


def restore_random(folder: Path, device: torch.device) -> None:
    """Make all generators continue as they stood when the checkpoint in `folder` was written.

    Raises:
        Problem: the state is missing or damaged.
    """
    is_old = not (folder / RANDOM).exists() and (folder / OLD_RANDOM).exists()
    with reading(folder / (OLD_RANDOM if is_old else RANDOM)) as file:
        state = (
            _old_random_state(file) if is_old else msgspec.json.decode(file.read_bytes(), type=RandomState)
        )
        state.restore(device)


def _old_random_state(file: Path) -> RandomState:
    # The functions and types that numpy's arrays are pickled with; nothing else may be named in the file.
    rebuild = np.zeros(0, np.uint32).__reduce__()[0]
    allowed: list[Any] = [rebuild, np.ndarray, np.dtype, type(np.dtype(np.uint32))]
    with torch.serialization.safe_globals(allowed):
        state = torch.load(file, weights_only=True)
    name, keys, *position = state["numpy"]
    gpu = state.get("cuda")
    return RandomState(
        state["python"],
        (name, keys.tolist(), *position),
        state["cpu"].numpy().tobytes(),
        None if gpu is None else gpu.numpy().tobytes(),
    )


def read_stopping_state(folder: Path) -> StoppingState:
    """Return the state of early stopping in the checkpoint in `folder`.

    Raises:
        Problem: it is missing or damaged.
    """
    with reading(folder / STOPPING) as file:
        return msgspec.json.decode(file.read_bytes(), type=StoppingState)


def load_optimizer(folder: Path, optimizer: torch.optim.Optimizer) -> None:
    """Give `optimizer` the state in the checkpoint in `folder`.

    Raises:
        Problem: it is missing or damaged, or belongs to other parameters.
    """
    with reading(folder / OPTIMIZER) as path:
        state: dict[int, dict[str, Any]] = {}
        with safe_open(path, framework="pt") as file:
            groups = json.loads(file.metadata()["param_groups"])
            for key in file.keys():  # noqa: SIM118 - it is no dict
                number, _, name = key.partition(".")
                state.setdefault(int(number), {})[name] = file.get_tensor(key)
        for group in groups:
            group.pop("initial_lr", None)  # older checkpoints have it; the schedule knows it
        _check_moments(state, groups, optimizer)
        optimizer.load_state_dict({"state": state, "param_groups": groups})


@contextlib.contextmanager
def reading(file: Path) -> Iterator[Path]:
    """Turn any error within into a Problem that names `file`, part of a checkpoint, and says how to continue.

    Raises:
        Problem: the file is missing or damaged.
    """
    try:
        yield file
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
        return "There is no other checkpoint to resume from: start a new run from its config.toml."
    return f"Delete the folder {folder.name}, then resume: the run continues from step {max(others)}."


def _check_moments(
    state: dict[int, dict[str, Any]], groups: list[dict[str, Any]], optimizer: torch.optim.Optimizer
) -> None:
    """Check that the state belongs to the parameters of `optimizer`, which itself ignores shapes.

    Raises:
        ValueError: it does not.
    """
    parameters = [each for group in optimizer.param_groups for each in group["params"]]
    numbers = [number for group in groups for number in group["params"]]
    if len(numbers) != len(parameters) or not state.keys() <= set(numbers):
        raise ValueError("it is the state of another model")
    for number, parameter in zip(numbers, parameters, strict=True):
        for name, value in state.get(number, {}).items():
            if value.shape not in ((), parameter.shape) or not value.isfinite().all():
                raise ValueError(f"{name} of parameter {number} does not fit this model")
    for group, known in zip(groups, optimizer.param_groups, strict=True):
        rates = [group[name] for name in ("lr", "weight_decay", "eps")]
        if group.keys() != known.keys() or not all(map(math.isfinite, rates)):
            raise ValueError("it has the settings of another optimizer")
