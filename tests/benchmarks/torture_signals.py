"""Signals: SIGTERM to trainers as a scheduler sends it, and signals to the apps that watch them."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from core.runs.directory import RunDirectory
from core.runs.events import Step
from core.runs.history import read_history
from core.runs.launch import launch
from tests.benchmarks.faults import Fault, Result, new_run, result_of
from tests.killing import Witness, events_in_order

sys.path.append(str(Path(__file__).parent.parent / "terminal"))
from pseudo_terminal import BERTCLS_TUI, PseudoTerminal

MOST_SECONDS = 30.0
"""Time in which a trainer must end after SIGTERM."""
_STOPPED_SECONDS = 60.0


class Endings:
    """Terminates trainers by SIGTERM at random moments, and resumes them until they finish.

    Args:
        folder: of the runs.
        whole: the result of an undisturbed run.
        seconds: duration of the undisturbed run.
        seed: of the random moments.
        say: reports progress.
    """

    def __init__(
        self, folder: Path, whole: Result, seconds: float, seed: int, say: Callable[[str], None]
    ) -> None:
        self._folder, self._whole, self._say = folder, whole, say
        draw = random.Random(seed)
        self._moments: Iterator[float] = (draw.uniform(0.0, seconds) for _ in itertools.count())
        self.fault = Fault("SIGTERM to the trainer at any moment")

    def terminate(self, count: int) -> None:
        """Terminate trainers `count` times."""
        for number in itertools.count(1):
            run, before = new_run(self._folder, f"run-{number}"), self.fault.tried
            witness, is_over = Witness(run), False
            while not is_over:
                is_over = not self._once(run, witness, is_asked=self.fault.tried < count)
            is_same = result_of(run) == self._whole
            self.fault.survived += (self.fault.tried - before) * is_same
            self._say(f"{self.fault.tried} terminated, {number} runs")
            if self.fault.tried >= count:
                return

    def _once(self, run: RunDirectory, witness: Witness, *, is_asked: bool) -> bool:
        """Run a trainer; return whether its run has to be resumed."""
        began, is_resumed = time.time(), run.events.exists()
        trainer = launch(run, resume=is_resumed)
        if is_asked:
            try:
                trainer.wait(next(self._moments))
            except subprocess.TimeoutExpired:
                self._end(trainer)
        code = trainer.wait()
        new = (event.time for event in events_in_order(run) if isinstance(event, Step))
        if is_resumed and (first := next((moment for moment in new if moment > began), None)):
            self.fault.resumed.append(first - began)
        try:
            witness.look()
        except AssertionError as error:
            self.fault.lost += 1
            self._say(f"{run.name}: {error}")
        ended = read_history(run).ended
        assert code == 0, f"{run.path} ended with {code}"
        return ended is None or ended.reason == "stopped"

    def _end(self, trainer: "subprocess.Popen[bytes]") -> None:
        asked_at = time.monotonic()
        trainer.send_signal(signal.SIGTERM)
        trainer.wait(MOST_SECONDS)
        self.fault.tried += 1
        self.fault.noticed.append(time.monotonic() - asked_at)


def _hang_up(terminal: PseudoTerminal) -> None:
    terminal.hang_up()


def _send(number: signal.Signals) -> Callable[[PseudoTerminal], None]:
    return lambda terminal: terminal.signal(number)


def _stop_for_a_minute(terminal: PseudoTerminal) -> None:
    terminal.signal(signal.SIGSTOP)
    time.sleep(_STOPPED_SECONDS)
    terminal.signal(signal.SIGCONT)
    terminal.signal(signal.SIGTERM)


APP_FAULTS: dict[str, Callable[[PseudoTerminal], None]] = {
    "SIGHUP to the app": _send(signal.SIGHUP),
    "SIGTERM to the app": _send(signal.SIGTERM),
    "SIGKILL to the app": _send(signal.SIGKILL),
    "end of its terminal": _hang_up,
    "SIGSTOP for a minute": _stop_for_a_minute,
}


def torture_apps(folder: Path, count: int, say: Callable[[str], None]) -> list[Fault]:
    """Do each fault of `APP_FAULTS` to an app `count` times, the slow one once."""
    faults = []
    for kind, disturb in APP_FAULTS.items():
        fault = Fault(kind)
        for _ in range(1 if disturb is _stop_for_a_minute else count):
            _disturb_app(folder, fault, disturb)
        say(f"{kind}: {fault.survived} of {fault.tried}")
        faults.append(fault)
    return faults


def _disturb_app(folder: Path, fault: Fault, disturb: Callable[[PseudoTerminal], None]) -> None:
    """Do a fault to an app: the run must continue, and the next app must show all of it."""
    fault.tried += 1
    run = new_run(folder, f"{fault.kind} {fault.tried}".replace(" ", "-"))
    text = run.config.read_text().replace("max_steps = 40", "max_steps = 1000000")
    run.write_config(text.replace("eval_steps = 5", "eval_steps = 1000000"))
    trainer = launch(run)
    try:
        _until(lambda: read_history(run).step >= 5)
        _watch_and_disturb(run, disturb)
        step, disturbed_at = read_history(run).step, time.monotonic()
        _until(lambda: read_history(run).step > step)
        fault.resumed.append(time.monotonic() - disturbed_at)
        again = attach(run)
        shown = again.wait_for("· training", "┤").split("step ", 1)[1].split("/", 1)[0]
        again.signal(signal.SIGTERM)
        again.exit_code()
        fault.survived += trainer.poll() is None and int(shown) >= step
    finally:
        trainer.kill()
        trainer.wait()


def _watch_and_disturb(run: RunDirectory, disturb: Callable[[PseudoTerminal], None]) -> None:
    terminal = attach(run)
    terminal.wait_for("· training", "p pause")
    disturb(terminal)
    terminal.exit_code(2 * _STOPPED_SECONDS)


def attach(run: RunDirectory) -> PseudoTerminal:
    """Open a terminal in which an app watches `run`."""
    environment = {"BERTCLS_RUNS_DIR": str(run.path.parent), "HOME": os.environ.get("HOME", "/")}
    return PseudoTerminal([BERTCLS_TUI, "attach", run.name], environment=environment)


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end:
            sys.exit("a condition was not met in 120 s")
        time.sleep(0.02)
