"""`experiment`: several models in one command, with trainers in processes of their own."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import begin, bertcls
from small_runs import Small
from waiting import wait_until

from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import summarize_experiment
from core.runs.history import read_history


def options(small: Small, **changes: object) -> list[object]:
    """Options for a tiny BERT and a CNN that train until they are stopped, unless `max_steps` is given."""
    given = {
        "models": f"{small.model},cnn",
        "test": small.test,
        "max_length": 48,
        "max_steps": 1_000_000,
        "eval_steps": 1_000_000,
        "device": "cpu",
        "name": "both",
    } | changes
    settings = ["--set", "training.precision=fp32", "--set", "model.vocabulary=600"]
    return [
        small.train,
        *(item for key, value in given.items() for item in (f"--{key.replace('_', '-')}", value)),
        *settings,
    ]


@pytest.fixture
def experiment(tmp_path: Path) -> Iterator[ExperimentDirectory]:
    """The experiment that a test starts. Its process and its trainer end with the test."""
    found = ExperimentDirectory(tmp_path / "runs" / "both")
    yield found
    if found.is_alive:
        os.kill(int(found.lock.read_text().split()[1]), signal.SIGINT)
        wait_until(lambda: not found.is_alive)


def test_a_whole_experiment_is_printed_in_lines(small: Small, experiment: ExperimentDirectory) -> None:
    runs_dir, tiny = experiment.path.parent, small.model.name
    short = options(small, max_steps=4, eval_steps=2)
    found = bertcls("experiment", *short, "--headless", runs_dir=runs_dir)
    assert (found.returncode, found.stderr) == (0, "")
    lines = found.stdout.splitlines()
    for name in (tiny, "cnn"):
        assert any(line.startswith(f"{name}: step 2/4") and "validation accuracy" in line for line in lines)
        assert any(line.startswith(f"{name}: test accuracy") for line in lines)
    assert "finished: 2 of 2 trained" in lines
    compared = lines[lines.index("finished: 2 of 2 trained") + 1 :]
    assert compared[0].endswith("40 texts, 2 labels; 95 % intervals")
    named = [line.split()[0] for line in compared if line.strip()]
    first = named.index("most") - 2
    assert named[first : first + 4] == [tiny, "cnn", "most", "TF-IDF:"]
    plans = [read_history(experiment.run_of(member)).plan for member in experiment.members]
    assert len({str(plan and [split.fingerprint for split in plan.splits]) for plan in plans}) == 1

    answer = json.loads(bertcls("compare", "both", "--no-baselines", "--json", runs_dir=runs_dir).stdout)
    assert [group["runs"] for group in answer["groups"]] == [[tiny], ["cnn"]]
    (listed,) = json.loads(bertcls("list", "--json", runs_dir=runs_dir).stdout)
    assert (listed["kind"], listed["name"], listed["state"]) == ("experiment", "both", "finished")
    assert [member["name"] for member in listed["members"]] == [tiny, "cnn"]
    again = bertcls("resume", "both", runs_dir=runs_dir)
    assert (again.returncode, "cannot be resumed" in again.stderr) == (2, True)


def test_a_detached_experiment_continues_until_it_is_stopped(
    small: Small, experiment: ExperimentDirectory
) -> None:
    runs_dir = experiment.path.parent
    begun = bertcls("experiment", *options(small), "--detach", runs_dir=runs_dir)
    assert (begun.returncode, begun.stderr) == (0, "")
    assert begun.stdout.splitlines()[-1] == "watch it with: bertcls-tui attach both"
    assert experiment.is_alive
    assert "this experiment is training already" in bertcls("resume", "both", runs_dir=runs_dir).stderr
    stopped = bertcls("stop", "both", runs_dir=runs_dir)
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert stopped.stdout.splitlines()[-1] == "stopped, 0 of 2 trained"
    assert [member.state for member in summarize_experiment(experiment).members] == ["stopped", "waiting"]


def test_the_first_interrupt_stops_with_a_checkpoint(small: Small, experiment: ExperimentDirectory) -> None:
    process = begin("experiment", *options(small), runs_dir=experiment.path.parent)

    def trains() -> bool:
        assert process.poll() is None, process.communicate()
        return experiment.file.exists() and any(
            member.run and member.run.step >= 2 for member in summarize_experiment(experiment).members
        )

    wait_until(trains)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    (line,) = errors.splitlines()
    assert "Stopping after this step, with a checkpoint; no other run is started" in line
    assert output.splitlines()[-1] == "resume with: bertcls-tui resume both"
    assert summarize_experiment(experiment).state == "stopped"


def test_an_invalid_experiment_is_rejected_before_anything_starts(small: Small, tmp_path: Path) -> None:
    def error_of(*arguments: object) -> str:
        found = bertcls("experiment", *arguments, "--headless", runs_dir=tmp_path / "runs")
        assert (found.returncode, found.stdout) == (2, "")
        assert not (tmp_path / "runs").exists()
        return found.stderr

    assert "no such file" in error_of("gone.csv", "--models", "cnn")
    assert "no such model folder" in error_of(small.train, "--models", "cnn,./gone")
    assert "no models given" in error_of(small.train)
    assert "learning_rat" in error_of(small.train, "--models", "cnn", "--set", "training.learning_rat=1")
