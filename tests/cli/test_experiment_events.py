"""`experiment --headless` prints what happens to its runs: a full disk, a rollback, out of memory."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import torch
from commands import begin, bertcls
from small_disk import small_disk
from small_runs import Small, train_here
from transformers.models.bert.modeling_bert import BertModel
from waiting import wait_until

from core.experiments.directory import ExperimentDirectory
from core.experiments.members import make_members
from core.runs import run_format
from core.runs.directory import RunDirectory
from core.runs.events import Blocked, EventFollower, Step, Unblocked
from core.runs.history import read_history
from tui.headless.experiment import ExperimentPrinter

DISK_BYTES = 16 << 20


def options(small: Small, *more: object, **changes: object) -> list[object]:
    """Options for an experiment called `one` with only the tiny BERT."""
    given = {"models": small.model, "max_length": 48, "device": "cpu", "name": "one"} | changes
    return [
        small.train,
        *(item for key, value in given.items() for item in (f"--{key.replace('_', '-')}", value)),
        *("--set", "training.precision=fp32", "--headless"),
        *more,
    ]


@contextlib.contextmanager
def ended(experiment: ExperimentDirectory) -> Iterator[None]:
    """End the process of `experiment` and its trainer, if the test leaves them alive."""
    try:
        yield
    finally:
        if experiment.is_alive:
            os.kill(int(experiment.lock.read_text().split()[1]), signal.SIGINT)
            wait_until(lambda: not experiment.is_alive)


def test_a_full_disk_is_printed(small: Small, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    endless = options(small, max_steps=1_000_000, eval_steps=10, patience=1_000_000)
    with small_disk(place, DISK_BYTES) as disk:
        experiment = ExperimentDirectory(disk.path / "one")
        run = RunDirectory(experiment.path / small.model.name)
        process = begin("experiment", *endless, runs_dir=disk.path)

        def has(kind: type) -> bool:
            assert process.poll() is None, process.communicate()
            return any(isinstance(event, kind) for event in EventFollower(run.events).read())

        with ended(experiment):
            wait_until(lambda: has(Step))
            disk.fill()
            wait_until(lambda: has(Blocked))
            disk.make_space()
            wait_until(lambda: has(Unblocked))
            process.send_signal(signal.SIGINT)
            lines = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode == 130
    name = small.model.name
    blocked = next(line for line in lines if "not enough disk space" in line)
    assert blocked.startswith(f"{name}: warning: not enough disk space for ")
    assert "(No space left on device" in blocked
    assert blocked.endswith("; the run waits up to 1h00m")
    (unblocked,) = [line for line in lines if "is available again; the run continues after" in line]
    assert unblocked.startswith(f"{name}: disk space for ")
    assert lines.index(blocked) < lines.index(unblocked)


def test_rollbacks_after_a_loss_that_is_not_finite_are_printed(small: Small, tmp_path: Path) -> None:
    """A learning rate of 1 and an extreme weight decay make the weights diverge."""
    settings = ["--set", "training.weight_decay=1e38", "--set", "training.warmup=0"]
    wild = options(small, *settings, metric="loss", learning_rate=1.0, max_steps=5, eval_steps=5)
    found = bertcls("experiment", *wild, runs_dir=tmp_path)
    name = small.model.name
    assert (found.returncode, found.stderr.startswith(f"bertcls-tui: Not trained: {name}. Log: ")) == (
        1,
        True,
    )
    back = [line for line in found.stdout.splitlines() if "Training continues from step 0" in line]
    factors = [line.rpartition("learning rate × ")[2] for line in back]
    assert factors == ["0.5.", "0.25."]
    assert all(
        line.startswith(f"{name}: warning: The ") and " was not finite at step " in line for line in back
    )
    assert f"{name}: failed at step " in found.stdout


def test_out_of_memory_is_printed(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The trainer runs in this process. Its device runs out of memory after the first step."""
    (tmp_path / "one").mkdir()
    experiment = ExperimentDirectory(tmp_path / "one")
    settings = small.values(tmp_path, max_steps=6, eval_steps=3) | {"model": {"max_length": 48}, "output": {}}
    experiment.write_members(make_members([str(small.model)], 1, [settings]))
    (member,) = experiment.members
    run, forward = experiment.run_of(member), BertModel.forward

    def limited(model: Any, input_ids: torch.Tensor, **given: Any) -> Any:
        if input_ids.numel() > 120 and read_history(run).step:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(model, input_ids, **given)

    monkeypatch.setattr(BertModel, "forward", limited)
    run.checkpoints.mkdir(parents=True)
    run_format.write(run.path)
    run.write_config(tomli_w.dumps(member.settings))
    assert train_here(run) == 0
    capsys.readouterr()

    ExperimentPrinter(experiment).follow()
    (short,) = [line for line in capsys.readouterr().out.splitlines() if "Out of memory" in line]
    assert short.startswith(f"{run.name}: warning: Out of memory at step 2. Micro-batches now hold at most ")
    assert short.endswith("; the optimizer sees the same batches.")
