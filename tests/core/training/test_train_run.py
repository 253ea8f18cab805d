"""Training in this process: events as they are written, errors as exceptions, untouched signal handlers."""

import signal
import threading
from pathlib import Path

import pytest
from small_runs import Small, events_of, losses, new_run, weights

from core.problems import Problem
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, Step
from core.runs.history import read_history
from core.training.process import train_run


def test_each_event_is_reported_once_it_is_written(
    small: Small, tmp_path: Path, finished_run: RunDirectory, capfd: pytest.CaptureFixture[str]
) -> None:
    run = new_run(small.config(tmp_path, {"data": {"test": str(small.test)}}))
    seen: list[AnyEvent] = []

    def on_event(event: AnyEvent) -> None:
        assert read_history(run).count == event.seq
        seen.append(event)

    ended = train_run(run, resume=False, on_event=on_event)
    assert ended.reason == "finished"
    assert seen == events_of(run)
    assert seen[-1] == ended
    assert losses(run) == losses(finished_run)
    assert weights(run.model) == weights(finished_run.model)
    assert capfd.readouterr() == ("", "")


def test_signal_handlers_stay_untouched_in_another_thread(small: Small, tmp_path: Path) -> None:
    run = new_run(small.config(tmp_path, max_steps=5))
    handlers = []

    def train() -> None:
        train_run(run, resume=False, on_event=lambda event: handlers.append(signal.getsignal(signal.SIGTERM)))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert set(handlers) == {before}
    ended = read_history(run).ended
    assert ended is not None
    assert ended.reason == "finished"


def test_a_refused_run_raises_a_problem(small: Small, tmp_path: Path) -> None:
    run = new_run(small.config(tmp_path, {"data": {"train": str(tmp_path / "gone.csv")}}))
    with pytest.raises(Problem, match="gone.csv"):
        train_run(run, resume=False)
    ended = read_history(run).ended
    assert ended is not None
    assert ended.reason == "refused"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, OSError])
def test_an_error_of_the_callback_fails_the_run_which_can_be_resumed(
    small: Small, tmp_path: Path, finished_run: RunDirectory, error: type[BaseException]
) -> None:
    run = new_run(small.config(tmp_path, {"data": {"test": str(small.test)}}))

    def on_event(event: AnyEvent) -> None:
        if isinstance(event, Step) and event.step == 8:
            raise error

    with pytest.raises(error):
        train_run(run, resume=False, on_event=on_event)
    ended = read_history(run).ended
    assert ended is not None
    assert (ended.reason, ended.step) == ("failed", 8)
    assert not run.is_alive
    assert train_run(run, resume=True).reason == "finished"
    assert weights(run.model) == weights(finished_run.model)
