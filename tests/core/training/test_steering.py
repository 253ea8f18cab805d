"""Trainers in processes of their own: commanded, signalled, killed and resumed."""

import os
import signal
from pathlib import Path

import pytest
from small_runs import Small, events_of, learning_rates, trained
from trainers import ENDLESS, Trainer
from waiting import wait_until

from core.config import RunConfig
from core.files import lock
from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.events import Checkpoint, RunStarted, Stage, Step, Stopping
from core.runs.history import read_history
from core.runs.launch import launch
from core.runs.listing import summarize


def test_commands_take_effect_at_step_boundaries(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    config = small.config(tmp_path, {"output": {"name": "steered"}}, max_steps=ENDLESS, eval_steps=ENDLESS)
    trainer = Trainer.start(config)
    processes.append(trainer)
    run = trainer.run
    trainer.until_step(2)
    assert run.is_alive
    with (
        pytest.raises(Problem, match=f"already being trained by pid {trainer.process.pid}"),
        lock.hold(run.lock),
    ):
        pass

    paused = trainer.send("pause")
    assert paused.accepted
    assert summarize(run).state == "paused"
    assert read_history(run).step == paused.step

    assert trainer.send("evaluate").step == paused.step
    wait_until(lambda: read_history(run).checkpoints)
    history = read_history(run)
    assert [(item.step, item.requested) for item in history.evaluations] == [(paused.step, True)]
    assert history.stopping is not None
    assert (history.stopping.used, history.stopping.best_step) == (0, paused.step)

    trainer.send("checkpoint")
    wait_until(lambda: len(read_history(run).checkpoints) == 2)
    trainer.send("evaluate")
    wait_until(lambda: len(read_history(run).checkpoints) == 3)
    history = read_history(run)
    assert [item.step for item in history.checkpoints] == [paused.step] * 3
    assert history.stopping is not None
    assert history.stopping.used == 0
    assert history.paused
    assert history.step == paused.step
    assert list(history.steps.step) == list(range(1, paused.step + 1))
    assert [checkpoint.step for checkpoint in checkpoints.complete(run)] == [paused.step]

    assert trainer.send("resume").message == "training continues"
    trainer.until_step(paused.step + 3)
    assert trainer.send("resume").message == "it was not paused"
    assert summarize(run).state == "training"

    stopped = trainer.send("stop")
    assert trainer.end() == 0
    ended = read_history(run).ended
    assert ended is not None
    assert (ended.reason, ended.step, ended.best_step) == ("stopped", stopped.step, paused.step)
    assert checkpoints.require(run, "last").step == stopped.step
    assert (run.model / "model.safetensors").exists()
    assert summarize(run).state == "stopped"
    assert not run.is_alive
    assert all(speed > 0 for speed in read_history(run).steps.documents_per_second)
    assert [event.seq for event in events_of(run)] == list(range(1, len(events_of(run)) + 1))


def test_sigterm_stops_with_a_checkpoint(small: Small, tmp_path: Path, processes: list[Trainer]) -> None:
    """The signal arrives while the trainer is paused."""
    trainer = Trainer.start(small.config(tmp_path, max_steps=ENDLESS, eval_steps=ENDLESS))
    processes.append(trainer)
    wait_until(lambda: any(isinstance(event, Stage) for event in events_of(trainer.run)))
    # The libraries are still loading: the command takes effect after the first step.
    assert trainer.send("pause").step == 1
    trainer.process.send_signal(signal.SIGTERM)
    assert trainer.end() == 0
    history = read_history(trainer.run)
    assert history.ended is not None
    assert (history.ended.reason, history.ended.step) == ("stopped", 1)
    assert any("SIGTERM" in warning.message for warning in history.warnings)
    assert checkpoints.require(trainer.run, "last").step == 1


def writer_of(trainer: Trainer) -> int:
    """The pid of the process that writes the checkpoints of a trainer."""
    listed = Path(f"/proc/{trainer.process.pid}/task").glob("*/children")
    found = [int(number) for path in listed for number in path.read_text().split()]
    (writer,) = [pid for pid in found if b"checkpoint_writer" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return writer


def test_training_does_not_wait_for_the_disk(small: Small, tmp_path: Path, processes: list[Trainer]) -> None:
    """Training continues while the writer is stopped; only the next checkpoint waits for it."""
    trainer = Trainer.start(small.config(tmp_path, max_steps=ENDLESS, eval_steps=ENDLESS))
    processes.append(trainer)
    run = trainer.run

    def written() -> int:
        return len(read_history(run).checkpoints)

    trainer.until_step(1)
    trainer.send("checkpoint")
    wait_until(written)
    writer = writer_of(trainer)
    os.kill(writer, signal.SIGSTOP)
    step = trainer.send("checkpoint").step
    trainer.until_step(step + 20)
    assert written() == 1
    paused = trainer.send("pause")
    assert trainer.send("checkpoint").step == paused.step
    assert written() == 1
    os.kill(writer, signal.SIGCONT)
    wait_until(lambda: written() == 3)
    assert [item.step for item in read_history(run).checkpoints][1:] == [step, paused.step]
    # As a machine does when it ends all processes of a job.
    os.kill(writer, signal.SIGTERM)
    trainer.process.send_signal(signal.SIGTERM)
    assert trainer.end() == 0, run.log.read_text()
    history = read_history(run)
    assert history.ended is not None
    assert (history.ended.reason, history.ended.step) == ("stopped", paused.step)
    assert [item.step for item in history.checkpoints][3:] == [paused.step]


class TestKilled:
    """A run that is killed, with a torn last line, and resumed, equals an uninterrupted one."""

    @pytest.fixture(scope="class")
    def config(self, small: Small, tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
        return small.config(
            tmp_path_factory.mktemp("runs"),
            {"data": {"test": str(small.test)}, "stopping": {"metric": "loss", "patience": 50}},
            max_steps=60,
            eval_steps=6,
        )

    @pytest.fixture(scope="class")
    def uninterrupted(self, config: RunConfig) -> RunDirectory:
        return trained(config, "uninterrupted")

    @pytest.fixture(scope="class")
    def resumed(self, config: RunConfig, processes: list[Trainer]) -> RunDirectory:
        trainer = Trainer.start(config)
        processes.append(trainer)
        run = trainer.run
        wait_until(lambda: len(read_history(run).checkpoints) >= 2)
        trainer.send("pause")
        trainer.process.kill()
        trainer.process.wait()
        assert not run.is_alive
        assert summarize(run).state == "interrupted"
        with run.events.open("ab") as stream:
            stream.write(b'{"kind":"step","seq":9')
        (checkpoints.staging(run) / "checkpoint-99").mkdir(parents=True, exist_ok=True)
        again = Trainer(run, launch(run, resume=True))
        processes.append(again)
        assert again.end() == 0, run.log.read_text()
        return run

    def test_the_events_continue_at_the_checkpoint(self, resumed: RunDirectory) -> None:
        events = events_of(resumed)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        first, second = [event for event in events if isinstance(event, RunStarted)]
        assert first.resumed_from is None
        saved = [event.step for event in events if isinstance(event, Checkpoint) and event.seq < second.seq]
        assert second.resumed_from is not None
        assert second.resumed_from - saved[-1] in (
            0,
            6,
        )  # the kill may come between a checkpoint and its event
        first_new_step = next(event for event in events if isinstance(event, Step) and event.seq > second.seq)
        assert first_new_step.step == second.resumed_from + 1

    def test_the_history_is_continuous(self, resumed: RunDirectory, uninterrupted: RunDirectory) -> None:
        one, other = read_history(resumed), read_history(uninterrupted)
        assert list(one.steps.step) == list(range(1, 61))
        assert list(one.steps.loss) == list(other.steps.loss)
        assert learning_rates(resumed) == learning_rates(uninterrupted)
        figures = [(item.step, item.loss, item.accuracy) for item in one.evaluations]
        assert figures == [(item.step, item.loss, item.accuracy) for item in other.evaluations]
        assert one.test is not None
        assert other.test is not None
        assert one.test.loss == other.test.loss

    def test_patience_is_continuous(self, resumed: RunDirectory, uninterrupted: RunDirectory) -> None:
        def states(run: RunDirectory) -> list[tuple[object, ...]]:
            by_step = {event.step: event for event in events_of(run) if isinstance(event, Stopping)}
            return [(item.step, item.best, item.best_step, item.used) for _, item in sorted(by_step.items())]

        assert states(resumed) == states(uninterrupted)

    def test_the_weights_are_the_same_to_the_last_bit(
        self, resumed: RunDirectory, uninterrupted: RunDirectory
    ) -> None:
        for one, other in zip(
            checkpoints.complete(resumed), checkpoints.complete(uninterrupted), strict=True
        ):
            assert (one.step, one.is_best) == (other.step, other.is_best)
            for name in ("model.safetensors", "early_stopping.json"):
                assert (one.path / name).read_bytes() == (other.path / name).read_bytes()
        models = [run.model / "model.safetensors" for run in (resumed, uninterrupted)]
        assert models[0].read_bytes() == models[1].read_bytes()

    def test_no_partial_checkpoint_is_left(self, resumed: RunDirectory) -> None:
        kept = {checkpoint.path.name for checkpoint in checkpoints.complete(resumed)}
        assert {path.name for path in resumed.checkpoints.iterdir()} == kept
