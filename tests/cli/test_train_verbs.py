"""`train`, `stop` and Ctrl-C, with real trainer processes."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import begin, bertcls
from small_runs import Small
from waiting import wait_until

from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.runs.listing import list_runs, summarize


def options(small: Small, **changes: object) -> list[object]:
    """Options for a run of the tiny model that trains until it is stopped, unless `max_steps` is given."""
    given = {
        "model": small.model,
        "validation": small.validation,
        "max_length": 48,
        "max_steps": 1_000_000,
        "eval_steps": 1_000_000,
        "learning_rate": 1e-3,
        "precision": "fp32",
        "device": "cpu",
    } | changes
    return [item for key, value in given.items() for item in (f"--{key.replace('_', '-')}", value)]


@pytest.fixture
def runs_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder of runs. Trainers left in it are killed after the test."""
    folder = tmp_path / "runs"
    yield folder
    for summary in list_runs(folder):
        run = RunDirectory.open(Path(summary.path))
        started = read_history(run).started
        if run.is_alive and started is not None:
            os.kill(started.pid, signal.SIGKILL)


def until_training(runs_dir: Path, process: subprocess.Popen[str]) -> RunDirectory:
    """Wait until the only run of the folder has trained some steps, and return it."""

    def trains() -> bool:
        assert process.poll() is None, process.communicate()
        runs = list_runs(runs_dir)
        return bool(runs) and runs[0].step >= 2

    wait_until(trains)
    return RunDirectory.open(Path(list_runs(runs_dir)[0].path))


def test_a_whole_run_is_printed_in_lines(small: Small, tmp_path: Path) -> None:
    short = options(small, test=small.test, max_steps=20, eval_steps=5, name="mine", patience=2)
    settings = ["--set", "training.warmup=0.1", "--set", "stopping.min_delta=0.5"]
    settings += ["--set", "stopping.start_from=10"]
    found = bertcls("train", small.train, *short, *settings, "--headless", runs_dir=tmp_path / "runs")
    assert (found.returncode, found.stderr) == (0, "")
    run = RunDirectory.open(tmp_path / "runs" / "mine")
    lines = found.stdout.splitlines()
    assert lines[0].startswith(f"run mine: {small.model} (")
    assert "texts: train 96 · validation 40 · test 40; 2 labels; at most 48 tokens" in lines
    assert any("20 steps of 8" in line and "evaluation every 5 steps, patience 2" in line for line in lines)
    evaluations = [line for line in lines if line.startswith("step ")]
    assert [line.split()[1] for line in evaluations] == ["5/20", "10/20", "15/20"]
    assert "validation accuracy" in evaluations[0]
    assert "n=40" in evaluations[0]
    assert evaluations[2].rstrip().partition("patience ")[2].startswith("2/2")
    assert any(line.startswith("test accuracy") and "best checkpoint, step 5" in line for line in lines)
    assert lines[-2:] == [
        "stopped early at step 15: patience used up",
        f"the model of step 5 is in {run.model}",
    ]
    config = run.config.read_text()
    assert "min_delta = 0.5" in config
    assert "warmup = 0.1" in config
    assert summarize(run).state == "early stopped"


def test_a_detached_run_continues_until_it_is_stopped(small: Small, runs_dir: Path) -> None:
    begun = bertcls("train", small.train, *options(small, name="far"), "--detach", runs_dir=runs_dir)
    assert (begun.returncode, begun.stderr) == (0, "")
    assert begun.stdout.splitlines()[-1] == "watch it with: bertcls-tui attach far"
    warnings = [line for line in begun.stdout.splitlines() if line.startswith("warning: ")]
    plan = read_history(RunDirectory.open(runs_dir / "far")).plan
    assert plan is not None
    assert plan.warnings
    assert warnings == [f"warning: {message}" for message in plan.warnings]
    run = RunDirectory.open(runs_dir / "far")
    assert run.is_alive
    step = read_history(run).step
    wait_until(lambda: read_history(run).step > step + 2)
    again = bertcls("resume", "far", runs_dir=runs_dir)
    assert again.returncode == 2
    assert "training already" in again.stderr
    stopped = bertcls("stop", "far", runs_dir=runs_dir)
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert not run.is_alive
    last = checkpoints.require(run, "last").step
    assert stopped.stdout.splitlines()[-1] == f"stopped at step {last}"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_interrupt_stops_with_a_checkpoint(
    small: Small, runs_dir: Path, number: signal.Signals, code: int
) -> None:
    """Also without --headless, because there is no terminal for a screen."""
    process = begin("train", small.train, *options(small), runs_dir=runs_dir)
    run = until_training(runs_dir, process)
    process.send_signal(number)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == code
    (line,) = errors.splitlines()
    assert "Stopping after this step, with a checkpoint" in line
    last = checkpoints.require(run, "last").step
    assert f"stopped at step {last}" in output.splitlines()
    assert output.splitlines()[-1] == f"resume with: bertcls-tui resume {run.name}"
    assert summarize(run).state == "stopped"


def test_the_second_interrupt_ends_at_once(small: Small, runs_dir: Path) -> None:
    """The trainer is suspended, so it cannot stop before the second interrupt."""
    process = begin("train", small.train, *options(small), runs_dir=runs_dir)
    run = until_training(runs_dir, process)
    started = read_history(run).started
    assert started is not None
    os.kill(started.pid, signal.SIGSTOP)
    process.send_signal(signal.SIGINT)
    wait_until(lambda: run.commands.exists() and b"stop" in run.commands.read_bytes())
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 130
    assert not run.is_alive
    assert summarize(run).state == "interrupted"


@pytest.mark.usefixtures("cold_start")  # a warm trainer may begin before the signal
def test_an_interrupt_before_training_leaves_nothing(small: Small, runs_dir: Path) -> None:
    process = begin("train", small.train, *options(small), runs_dir=runs_dir)
    wait_until(lambda: list(runs_dir.glob("*/events.jsonl")))
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, output) == (130, "")
    assert errors == "bertcls-tui: interrupted before training began; nothing was started\n"
    assert list(runs_dir.iterdir()) == []
