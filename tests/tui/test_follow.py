"""Following a run: events, liveness and the log."""

import asyncio
import os
from pathlib import Path

import pytest
from scripted_run import ScriptedRun, plan
from textual.message import Message

from core.problems import Problem
from core.runs.events import Launched, Stage
from core.runs.history import read_history
from core.runs.launch import launch
from tui.following.run import LOG_LINES, LogTail, RunFollower, RunUpdated


class Target:
    """Receives messages like a screen."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.came = asyncio.Event()

    def post_message(self, message: Message) -> bool:
        self.messages.append(message)
        self.came.set()
        return True


async def test_the_follower_reads_the_whole_run_and_then_only_new_events(tmp_path: Path) -> None:
    run = ScriptedRun(tmp_path)
    run.begin(plan())
    run.train(40, plan())
    follower = RunFollower(run.directory)
    assert await follower.catch_up()
    assert follower.history.step == 40
    assert not await follower.catch_up()
    run.train(60, plan(), first=41)
    assert await follower.catch_up()
    assert follower.history.step == 60


async def test_progress_is_reported_while_a_long_run_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ScriptedRun(tmp_path)
    run.begin(plan())
    run.train(240, plan())
    monkeypatch.setattr("tui.following.run.PIECE", 1000)
    monkeypatch.setattr("tui.following.run.PIECES", 10)
    monkeypatch.setattr("tui.following.run.TICK", 0.0)
    follower, steps = RunFollower(run.directory), []
    assert await follower.catch_up(lambda: steps.append((follower.is_ready, follower.history.step)))
    assert len(steps) >= 3
    assert steps == sorted(set(steps))
    assert steps[-1] == (False, 240)
    assert (follower.is_ready, follower.history.step) == (True, 240)


async def test_a_run_is_read_in_pieces_to_its_end_past_damaged_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ScriptedRun(tmp_path)
    run.begin(plan())
    run.train(240, plan())
    *lines, last = run.directory.events.read_bytes().splitlines(keepends=True)
    foreign = b'{"kind":"comet","name":"a piece with nothing but a line of a newer program"}\n' * 20
    run.directory.events.write_bytes(b"".join([*lines[:99], foreign, *lines[99:], b"damaged\n", last]))
    monkeypatch.setattr("tui.following.run.PIECE", 500)
    monkeypatch.setattr("tui.following.run.PIECES", 3)
    follower = RunFollower(run.directory)
    await follower.catch_up()
    assert follower.history.count == len(lines) + 1
    assert list(follower.history.steps.step) == list(range(1, 241))
    assert follower.history.evaluations == read_history(run.directory).evaluations


async def test_a_half_written_event_is_read_when_it_is_complete(tmp_path: Path) -> None:
    run = ScriptedRun(tmp_path)
    run.begin(plan())
    run.train(10, plan())
    whole = run.directory.events.read_bytes()
    run.directory.events.write_bytes(whole[:-20])
    follower = RunFollower(run.directory)
    await follower.catch_up()
    assert follower.history.step == 9
    run.directory.events.write_bytes(whole)
    await follower.catch_up()
    assert follower.history.step == 10


async def test_a_run_is_alive_while_its_lock_is_held(tmp_path: Path) -> None:
    run = ScriptedRun(tmp_path)
    run.begin(plan())
    run.train(10, plan())
    follower = RunFollower(run.directory)
    with run.alive():
        await follower.catch_up()
        assert (follower.is_alive, follower.state) == (True, "training")
    assert await follower.catch_up()
    assert (follower.is_alive, follower.state) == (False, "interrupted")


async def test_a_run_that_never_started_is_interrupted_after_the_grace_period(tmp_path: Path) -> None:
    run = ScriptedRun(tmp_path)
    follower = RunFollower(run.directory)
    await follower.catch_up()
    assert follower.state == "starting"
    os.utime(run.directory.config, (1.0, 1.0))
    assert await follower.catch_up(), "a change caused only by time is reported"
    assert follower.state == "interrupted"
    assert not await follower.catch_up()


async def test_a_run_with_events_and_no_lock_is_interrupted_at_once(tmp_path: Path) -> None:
    run = ScriptedRun(tmp_path)
    follower = RunFollower(run.directory)
    with run.alive():
        run.write(Launched(pid=1), Stage(name="loading model"))
        await follower.catch_up()
        assert follower.state == "starting"
    assert await follower.catch_up()
    assert follower.state == "interrupted"


@pytest.mark.parametrize("has_events", [False, True])
async def test_a_resumed_run_is_starting_until_its_trainer_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_events: bool
) -> None:
    """A trainer holds the lock from its launch on, with or without events."""
    held: list[int] = []
    monkeypatch.setattr("subprocess.Popen", lambda *_, pass_fds, **__: held.extend(map(os.dup, pass_fds)))
    run = ScriptedRun(tmp_path)
    run.begin(plan())
    run.end("stopped", 10)
    for path in (run.directory.events, run.directory.config):
        os.utime(path, (1.0, 1.0))
    follower = RunFollower(run.directory)
    await follower.catch_up()
    assert follower.state == "stopped"
    launch(run.directory, resume=True)
    assert await follower.catch_up()
    assert follower.state == "starting"
    with pytest.raises(Problem, match="is already being trained by pid"):
        launch(run.directory, resume=True)
    if has_events:
        run.write(Launched(pid=1))
    await follower.catch_up()
    assert follower.state == "starting"
    os.close(held[0])
    assert await follower.catch_up()
    assert follower.state == ("interrupted" if has_events else "stopped")


async def test_messages_are_posted_only_for_changes(tmp_path: Path) -> None:
    run, target = ScriptedRun(tmp_path), Target()
    run.begin(plan())
    task = asyncio.create_task(RunFollower(run.directory).follow(target))  # type: ignore[arg-type]
    await asyncio.wait_for(target.came.wait(), 5)
    target.came.clear()
    run.train(1, plan())
    await asyncio.wait_for(target.came.wait(), 5)
    task.cancel()
    assert len(target.messages) == 2


def test_waiting_messages_are_merged() -> None:
    assert RunUpdated().can_replace(RunUpdated())
    assert not RunUpdated().can_replace(Message())


def test_the_log_tail_returns_each_complete_line_once(tmp_path: Path) -> None:
    path = tmp_path / "trainer.log"
    tail = LogTail(path)
    assert tail.read() == []
    path.write_bytes(b"one\ntwo\r\nthr")
    assert tail.read() == ["one", "two"]
    with path.open("ab") as file:
        file.write(b"ee\n 10%\r 50%\r100%\nbad \xff byte\n")
    assert tail.read() == ["three", "100%", "bad � byte"]
    assert tail.read() == []


def test_the_log_tail_starts_near_the_end_and_keeps_the_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "trainer.log"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)))
    tail = LogTail(path)
    tail.add(tail.read())
    assert len(tail.lines) == LOG_LINES
    assert tail.lines[-1] == "line 99999"


def test_a_very_long_line_does_not_block_the_log(tmp_path: Path) -> None:
    path = tmp_path / "trainer.log"
    path.write_bytes(b"x" * 300_000 + b"\nlast\n")
    tail = LogTail(path)
    while lines := tail.read():
        tail.add(lines)
    assert tail.lines[-1] == "last"


async def test_unresponsive_time_is_measured_by_the_monotonic_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("tui.following.run.time.monotonic", lambda: now)
    run = ScriptedRun(tmp_path)
    run.begin(plan())
    run.train(40, plan())
    follower = RunFollower(run.directory)
    with run.alive():
        await follower.catch_up()
        assert follower.unresponsive_seconds is None
        monkeypatch.setattr("tui.following.run.time.time", lambda: 0.0)
        now += 200
        assert await follower.catch_up()  # a change, so that the screen shows it
        assert follower.unresponsive_seconds == pytest.approx(200, abs=30)
        now += 5
        assert await follower.catch_up()
        run.train(41, plan(), first=41)
        assert await follower.catch_up()
        assert follower.unresponsive_seconds is None
        assert not await follower.catch_up()
    now += 200
    await follower.catch_up()
    assert (follower.state, follower.unresponsive_seconds) == ("interrupted", None)
