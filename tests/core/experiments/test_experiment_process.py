"""The experiment process: one trainer after the other, also after failures and kills."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import light_trainer
import pytest
from waiting import wait_until

from core.experiments.directory import ExperimentDirectory, Member
from core.experiments.listing import ExperimentSummary, Lister, find, find_one_run, summarize_experiment
from core.experiments.start import launch
from core.files import lock
from core.problems import Problem
from core.runs import commands
from core.runs.events import EventFollower, Launched, RunEnded
from core.runs.history import read_history

Begin = Callable[[], subprocess.Popen[bytes]]


def made(folder: Path, *models: str) -> ExperimentDirectory:
    path = folder / "experiment"
    path.mkdir()
    experiment = ExperimentDirectory(path)
    members = [
        Member(name=f"{number}-{model}", model=model, seed=42, settings={"model": {"name": model}})
        for number, model in enumerate(models)
    ]
    experiment.write_members(members)
    return experiment


@pytest.fixture
def begin() -> Iterator[Callable[[ExperimentDirectory], subprocess.Popen[bytes]]]:
    """Start an experiment process with stand-in trainers. All of them end with the test."""
    processes: list[subprocess.Popen[bytes]] = []
    experiments: list[ExperimentDirectory] = []

    def start(experiment: ExperimentDirectory) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, light_trainer.__file__, "experiment", str(experiment.path)],
            start_new_session=True,
            stderr=subprocess.PIPE,
        )
        processes.append(process)
        experiments.append(experiment)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()
    for experiment in experiments:
        for member in experiment.members:
            run = experiment.run_of(member)
            if run.is_alive:
                os.kill(trainer_of(experiment, member.name), signal.SIGKILL)


def trainer_of(experiment: ExperimentDirectory, name: str) -> int:
    started = read_history(find_one_run(experiment.path, name)).started
    assert started is not None
    return started.pid


def states(experiment: ExperimentDirectory) -> list[str]:
    return [member.state for member in summarize_experiment(experiment).members]


def trains(experiment: ExperimentDirectory, name: str) -> bool:
    run = experiment.path / name
    return (run / "events.jsonl").exists() and read_history(find_one_run(experiment.path, name)).step > 0


def test_runs_are_trained_in_order_and_a_failed_run_does_not_stop_the_rest(tmp_path, begin):
    experiment = made(tmp_path, "a", "broken", "c")
    assert states(experiment) == ["waiting"] * 3
    assert begin(experiment).wait(120) == 1
    assert states(experiment) == ["finished", "failed", "finished"]
    first, broken, last = (
        EventFollower(path).read() for path in sorted(experiment.path.glob("*/events.jsonl"))
    )
    assert first[-1].time <= broken[0].time <= broken[-1].time <= last[0].time
    summary = summarize_experiment(experiment)
    assert (summary.state, summary.trained, summary.models) == ("failed", 2, ["a", "broken", "c"])
    begin(experiment).wait(120)
    again = EventFollower(experiment.path / "1-broken" / "events.jsonl").read()
    assert sum(isinstance(event, RunEnded) for event in again) == 2
    assert EventFollower(experiment.path / "0-a" / "events.jsonl").read() == first


def test_a_trainer_that_outlives_the_experiment_process_is_waited_for(tmp_path, begin):
    experiment = made(tmp_path, "slow", "b")
    process = begin(experiment)
    wait_until(lambda: trains(experiment, "0-slow"))
    process.kill()
    process.wait()
    pid = trainer_of(experiment, "0-slow")
    assert summarize_experiment(experiment).state == "interrupted"
    assert states(experiment) == ["training", "waiting"]
    again = begin(experiment)
    wait_until(lambda: experiment.is_alive)
    assert states(experiment) == ["training", "waiting"]
    (experiment.path / "0-slow" / "go").touch()
    assert again.wait(120) == 0
    assert summarize_experiment(experiment).state == "finished"
    events = EventFollower(experiment.path / "0-slow" / "events.jsonl").read()
    assert [event.pid for event in events if isinstance(event, Launched)] == [pid]


def test_a_killed_trainer_is_resumed_when_the_experiment_starts_again(tmp_path, begin):
    experiment = made(tmp_path, "slow", "b")
    process = begin(experiment)
    wait_until(lambda: trains(experiment, "0-slow"))
    os.kill(trainer_of(experiment, "0-slow"), signal.SIGKILL)
    assert process.wait(120) == 1
    assert states(experiment) == ["interrupted", "finished"]
    assert summarize_experiment(experiment).state == "interrupted"
    (experiment.path / "0-slow" / "go").touch()
    assert begin(experiment).wait(120) == 0
    history = read_history(find_one_run(experiment.path, "0-slow"))
    assert history.started is not None
    assert history.started.resumed_from
    assert states(experiment) == ["finished", "finished"]


@pytest.mark.parametrize("way", ["command", "SIGTERM"])
def test_a_stop_ends_the_current_run_and_starts_no_other(tmp_path, begin, way):
    experiment = made(tmp_path, "slow", "b")
    process = begin(experiment)
    wait_until(lambda: trains(experiment, "0-slow"))
    assert summarize_experiment(experiment).state == "training"
    with pytest.raises(Problem, match="still training"):
        experiment.delete()
    if way == "command":
        commands.post(experiment.commands, "stop")
    else:
        process.terminate()
    assert process.wait(120) == 0
    assert states(experiment) == ["stopped", "waiting"]
    assert summarize_experiment(experiment).state == "stopped"
    experiment.delete()
    assert not experiment.path.exists()


def test_sigint_ends_the_trainer_at_once(tmp_path, begin):
    experiment = made(tmp_path, "slow")
    process = begin(experiment)
    wait_until(lambda: trains(experiment, "0-slow"))
    process.send_signal(signal.SIGINT)
    process.wait(120)
    assert states(experiment) == ["interrupted"]


def test_a_second_process_is_rejected(tmp_path, begin):
    experiment = made(tmp_path, "a")
    with lock.hold(experiment.lock):
        process = begin(experiment)
        _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    assert b"already" in errors
    assert states(experiment) == ["waiting"]


@pytest.mark.parametrize("way", ["command", "SIGTERM"])
def test_an_experiment_stopped_right_after_launch_trains_nothing(tmp_path, way):
    experiment = made(tmp_path, "a")
    process = launch(experiment)
    assert summarize_experiment(experiment).state == "starting"
    if way == "command":
        commands.post(experiment.commands, "stop")
    else:
        process.terminate()
    assert process.wait(120) == 0
    assert states(experiment) == ["waiting"]
    assert summarize_experiment(experiment).state == "stopped"


def test_an_experiment_killed_right_after_launch_is_interrupted_at_once(tmp_path):
    experiment = made(tmp_path, "a")
    process = launch(experiment)
    process.kill()
    process.wait(120)
    assert summarize_experiment(experiment).state == "interrupted"


def test_a_running_experiment_is_not_launched_again(tmp_path):
    experiment = made(tmp_path, "a")
    with lock.hold(experiment.lock), pytest.raises(Problem, match="already"):
        launch(experiment)
    assert not experiment.is_alive


def test_experiments_are_found_and_listed_with_the_runs(tmp_path, begin):
    experiment = made(tmp_path, "a")
    assert begin(experiment).wait(120) == 0
    (found,) = Lister(tmp_path).read()
    assert isinstance(found, ExperimentSummary)
    assert (found.name, found.state) == ("experiment", "finished")
    assert find(tmp_path, None) == find(tmp_path, "experiment") == experiment
    assert find_one_run(tmp_path, "experiment/0-a").path == experiment.path / "0-a"
    with pytest.raises(Problem, match="an experiment of several runs.*experiment/0-a"):
        find_one_run(tmp_path, "experiment")
