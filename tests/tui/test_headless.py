"""Following a run without a screen: printed lines and exit codes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scripted_run import ScriptedRun, evaluation, plan

from core.runs.events import Blocked, EventFollower, Launched, RunEnded, Stage, Stopping, Unblocked
from core.runs.process_directory import START_GRACE
from tui.headless.lines import RunLines
from tui.headless.run import RunPrinter
from tui.terminal import DONE, FAILED, INTERRUPTED, NOTHING_STARTED

PLAN = plan()


@pytest.fixture
def run(tmp_path: Path) -> ScriptedRun:
    return ScriptedRun(tmp_path)


@pytest.fixture
def trainer() -> Iterator[subprocess.Popen[bytes]]:
    """A process in its own session that ends when its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, start_new_session=True
    )
    yield process
    process.communicate()


def end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def after_first_look(follower: RunPrinter, act: Callable[[], None]) -> None:
    """Call `act` when `follower` checks its run for the second time."""
    look = follower.is_at_work
    looks = 0

    def looking() -> bool:
        nonlocal looks
        found, looks = look(), looks + 1
        if looks == 2:
            act()
        return found

    follower.is_at_work = looking  # type: ignore[method-assign]


def test_a_run_without_a_lock_yet_is_waited_for(run: ScriptedRun, capsys: pytest.CaptureFixture[str]) -> None:
    follower = RunPrinter(run.directory)

    def train() -> None:
        run.write(Launched(pid=1))
        run.begin(PLAN)
        run.train(20, PLAN)
        run.end("finished", 20, 20)

    after_first_look(follower, train)
    assert follower.follow() == DONE
    assert "finished at step 20" in capsys.readouterr().out


def test_a_run_whose_trainer_never_started_fails(
    run: ScriptedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    at = run.directory.config.stat().st_mtime - 2 * START_GRACE
    os.utime(run.directory.config, (at, at))
    assert RunPrinter(run.directory).follow() == FAILED
    assert "its process ended unexpectedly" in capsys.readouterr().err


def test_the_loser_of_two_concurrent_resumes_prints_the_reason(
    run: ScriptedRun, trainer: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    run.write(Launched(pid=trainer.pid + 1))
    run.begin(PLAN)
    run.train(40, PLAN)
    run.log("this run is being trained already by pid 7")
    end(trainer)
    assert RunPrinter(run.directory, trainer).follow() == NOTHING_STARTED
    said = capsys.readouterr()
    assert said.out == ""
    assert "its process did not start: this run is being trained already by pid 7. Log: " in said.err


def test_a_trainer_that_never_started_and_left_no_log(
    run: ScriptedRun, trainer: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    end(trainer)
    run.directory.log.unlink(missing_ok=True)
    assert RunPrinter(run.directory, trainer).follow() == NOTHING_STARTED
    assert "its process did not start, and the log" in capsys.readouterr().err


def test_a_resumed_run_does_not_print_its_last_evaluation_again(
    run: ScriptedRun, trainer: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    run.begin(PLAN)
    run.train(40, PLAN)
    run.end("stopped", 40, 40)
    follower = RunPrinter(run.directory)
    follower.skip()
    follower.process = trainer
    run.write(Launched(pid=trainer.pid))
    run.begin(PLAN, resumed_from=40)
    run.write(Stopping(step=40, metric="accuracy", best=0.7, best_step=40, used=0, patience=5, stops_at=140))
    run.train(60, PLAN, first=41)
    run.end("finished", 60, 60)
    end(trainer)
    assert follower.follow() == DONE
    lines = capsys.readouterr().out.splitlines()
    assert "resumes after step 40" in lines
    assert [line.split()[1] for line in lines if line.startswith("step ")] == ["60/300"]


@pytest.mark.parametrize(("reason", "code"), [("finished", DONE), ("stopped", INTERRUPTED)])
def test_an_interrupt_changes_the_exit_code_only_if_it_stopped_the_run(
    run: ScriptedRun,
    trainer: subprocess.Popen[bytes],
    capsys: pytest.CaptureFixture[str],
    reason: str,
    code: int,
) -> None:
    run.write(Launched(pid=trainer.pid))
    run.begin(PLAN)
    run.train(300, PLAN)
    run.write(Stage(name="saving the model"))
    follower = RunPrinter(run.directory, trainer)

    def interrupted() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=finish).start()

    def finish() -> None:
        while not run.directory.commands.exists():
            pass
        run.write(evaluation(220, "test"), RunEnded(reason=reason, step=300, best_step=220))  # type: ignore[arg-type]
        end(trainer)

    after_first_look(follower, interrupted)
    assert follower.follow() == code
    assert "Training has ended; waiting for: saving the model." in capsys.readouterr().err


def test_an_interrupt_before_training_says_that_nothing_was_started(
    run: ScriptedRun, trainer: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    run.write(Launched(pid=trainer.pid), Stage(name="reading data"))
    follower = RunPrinter(run.directory, trainer)
    after_first_look(follower, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert follower.follow() == INTERRUPTED
    assert "interrupted before training began; nothing was started" in capsys.readouterr().err
    assert trainer.returncode == -signal.SIGKILL


def test_waiting_for_disk_space_is_printed(run: ScriptedRun, capsys: pytest.CaptureFixture[str]) -> None:
    run.begin(PLAN)
    run.train(20, PLAN)
    what, reason = "the model", "No space left on device"
    run.write(Blocked(what=what, reason=reason, folder="/runs/a", needed=3 << 20, seconds=3600))
    run.write(Unblocked(what=what, seconds=75.0))
    run.end("finished", 20, 20)
    assert RunPrinter(run.directory).follow() == DONE
    printed = capsys.readouterr().out
    assert (
        "not enough disk space for the model in /runs/a (No space left on device, 3.0 MiB needed)" in printed
    )
    assert "the run waits up to 1h00m" in printed
    assert "disk space for the model is available again; the run continues after 1m15s" in printed


@pytest.mark.parametrize("is_member", [False, True])
def test_a_trainer_that_does_not_respond_is_reported_once(
    run: ScriptedRun, monkeypatch: pytest.MonkeyPatch, is_member: bool
) -> None:
    run.begin(PLAN)
    clock = [0.0]
    monkeypatch.setattr("tui.headless.lines.time.monotonic", lambda: clock[0])
    lines = RunLines(run.directory, is_member=is_member)
    events = EventFollower(run.directory.events)
    name = f"{run.directory.name}: " if is_member else ""
    for event in events.read():
        lines.add(event)
    assert lines.heartbeat(is_alive=True) == []
    clock[0] = 3600.0
    (line,) = lines.heartbeat(is_alive=True)
    assert line == f"{name}warning: not responding for 1h00m: the trainer is alive but may be stuck"
    assert lines.heartbeat(is_alive=True) == []
    run.train(20, PLAN)
    for event in events.read():
        lines.add(event)
    assert lines.heartbeat(is_alive=True) == [f"{name}the trainer is responding again"]


def test_a_dead_trainer_is_not_reported_as_responding_again(
    run: ScriptedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.begin(PLAN)
    clock = [0.0]
    monkeypatch.setattr("tui.headless.lines.time.monotonic", lambda: clock[0])
    lines = RunLines(run.directory)
    for event in EventFollower(run.directory.events).read():
        lines.add(event)
    lines.heartbeat(is_alive=True)
    clock[0] = 3600.0
    assert len(lines.heartbeat(is_alive=True)) == 1
    assert lines.heartbeat(is_alive=False) == []
