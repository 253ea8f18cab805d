"""Training in the process of a caller leaves that process as it was, and no run that has not started."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from small_runs import Small
from waiting import wait_until

import core
from core import Problem, train
from core.devices import choose_device, choose_visible_gpu
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, RunEnded, Stage, Step

# The arguments are the settings of the run, its data, its folder, and where to write what was found.
_PROGRAM = """
import json, os, signal, sys
from transformers.utils import logging
os.umask(0o002)

def surroundings():
    umask = os.umask(0)
    os.umask(umask)
    signals = [str(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    bars = logging.is_progress_bar_enabled()
    # The OpenMP library that scikit-learn loads sets some of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KMP_")}
    return [environment, umask, signals, logging.get_verbosity(), bars]

before = surroundings()
from core import evaluate, load, train
settings, train_file, test_file, runs_dir, found = sys.argv[1:]
run = train(train_file, test=test_file, config=json.loads(settings), runs_dir=runs_dir, name="one")
load(run).predict(["a quiet, moving film"])
evaluate(run, split="validation")
evaluate(run)
after = surroundings()
with open(found, "w") as stream:
    json.dump([before, after], stream)
"""


@pytest.fixture
def settings(small: Small, tmp_path: Path) -> dict[str, Any]:
    """Settings of a run of two steps, without its data."""
    values = small.values(tmp_path, max_steps=2, eval_steps=2)
    return {section: values[section] for section in ("model", "training")}


def test_nothing_is_printed_or_changed_and_the_run_is_private(
    small: Small, settings: dict[str, Any], tmp_path: Path
) -> None:
    found, runs_dir = tmp_path / "found.json", tmp_path / "runs"
    arguments = [json.dumps(settings), small.train, small.test, runs_dir, found]
    done = subprocess.run([sys.executable, "-P", "-c", _PROGRAM, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    before, after = json.loads(found.read_text())
    assert after == before
    paths = [runs_dir / "one", *(runs_dir / "one").rglob("*")]
    modes = {str(path): path.stat().st_mode & 0o777 for path in paths}
    assert modes == {str(path): 0o700 if path.is_dir() else 0o600 for path in paths}
    assert any(path.parent.name == "model" for path in paths)


def test_a_gpu_that_is_not_there_is_refused_and_the_environment_stays(
    small: Small, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    settings["training"]["device"] = "cuda:2"
    for visible in (None, "4,5"):
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        with pytest.raises(Problem, match="device cuda:2: there are only 2 GPUs here"):
            train(small.train, config=settings, runs_dir=tmp_path)
        assert os.environ.get("CUDA_VISIBLE_DEVICES") == visible
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("visible", "device", "expected"),
    [
        (None, "cuda:1", ("cuda", "1")),
        ("4,5", "cuda:1", ("cuda", "5")),
        ("4,5", "auto", ("auto", "4")),
        ("4,5", "cpu", ("cpu", "4,5")),
    ],
)
def test_a_process_of_its_own_sees_one_gpu(
    visible: str | None, device: str, expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible or "")
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert (choose_visible_gpu(device), os.environ["CUDA_VISIBLE_DEVICES"]) == expected


def test_a_device_has_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device("cpu", "auto").place == torch.device("cpu")
    for name in ("is_available", "is_bf16_supported"):
        monkeypatch.setattr(torch.cuda, name, lambda **options: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", "GPU {}".format)
    monkeypatch.setattr(torch.cuda, "device", contextlib.nullcontext)
    found = [choose_device(name, "auto") for name in ("auto", "cuda", "cuda:0", "cuda:1")]
    assert [(each.place, each.name) for each in found] == [
        (torch.device("cuda:0"), "GPU 0"),
        (torch.device("cuda:0"), "GPU 0"),
        (torch.device("cuda:0"), "GPU 0"),
        (torch.device("cuda:1"), "GPU 1"),
    ]


def test_an_accelerator_in_mixed_precision_is_refused(
    small: Small, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.learner.is_initialized", lambda: True)
    state = SimpleNamespace(mixed_precision="bf16")
    monkeypatch.setattr("core.training.learner.AcceleratorState", lambda: state)
    with pytest.raises(Problem, match="mixed_precision='bf16'.*detach=True"):
        train(small.train, config=settings, runs_dir=tmp_path)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_before_the_first_step_leaves_no_run(
    error: type[BaseException], small: Small, settings: dict[str, Any], tmp_path: Path
) -> None:
    def raise_while_planning(event: AnyEvent) -> None:
        if isinstance(event, Stage) and event.name == "planning":
            raise error

    with pytest.raises(error):
        train(small.train, config=settings, runs_dir=tmp_path, on_event=raise_while_planning)
    assert not [*tmp_path.iterdir()]


def test_a_trainer_that_cannot_be_launched_leaves_no_run(
    small: Small, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: RunDirectory, *, resume: bool) -> None:
        raise Problem("the run cannot be written to", where=str(run.path))

    monkeypatch.setattr("core.api.training.launch", fail)
    with pytest.raises(Problem, match="cannot be written to"):
        train(small.train, config=settings, runs_dir=tmp_path, detach=True)
    assert not [*tmp_path.iterdir()]


def test_a_detached_run_that_is_refused_stays_with_its_reason(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    found = train([("a film", "good")] * 20, config=settings, runs_dir=tmp_path, detach=True)
    (thread,) = [each for each in threading.enumerate() if each.name == f"wait for {found.name}"]
    thread.join()  # it collects the exit code
    (run,) = wait_until(lambda: [each for each in core.runs(tmp_path) if each.error])
    assert run.state == "failed"
    assert "label" in run.error


def test_a_stop_by_sigterm_never_ends_the_process_of_the_caller(
    small: Small, settings: dict[str, Any], tmp_path: Path
) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    timers: list[threading.Timer] = []

    def on_event(event: AnyEvent) -> None:
        if isinstance(event, Step) and event.step == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        if isinstance(event, RunEnded):
            timers.extend(each for each in threading.enumerate() if isinstance(each, threading.Timer))

    found = train(small.train, config=settings, runs_dir=tmp_path, on_event=on_event, handle_signals=True)
    assert (found.state, found.step) == ("stopped", 1)
    assert not timers
    assert signal.getsignal(signal.SIGTERM) == handler
