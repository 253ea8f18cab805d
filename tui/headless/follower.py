"""Follower: prints what happens in a run or an experiment, and answers Ctrl-C and SIGTERM."""

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from types import FrameType
from typing import Self

from core.problems import Problem
from core.runs.commands import post
from core.runs.process_directory import ProcessDirectory
from tui.headless.output import Output
from tui.streams import forgive_loss, report_loss
from tui.terminal import DONE, INTERRUPTED, TERMINATED
from tui.wording import run as wording

_POLL_SECONDS = 0.2
_CODES = {int(signal.SIGINT): INTERRUPTED, int(signal.SIGTERM): TERMINATED}


class Interrupts:
    """Counts Ctrl-C and SIGTERM in its context, so that they are answered between two looks."""

    def __init__(self) -> None:
        self.count = 0
        self.code = INTERRUPTED
        """The exit code after the last one."""
        self._answered = 0

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._handle) for number in _CODES}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def is_new(self) -> bool:
        """Whether there was one since the last call."""
        answered, self._answered = self._answered, self.count
        return self.count > answered

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self.code = _CODES[number]


class Follower(ABC):
    """Prints what happens in a directory until its process ends.

    If this program started the process, the first Ctrl-C or SIGTERM stops it after the step, with a
    checkpoint, and the second at once; before training begins, the first one does. Otherwise they only end
    the following.

    Lost output does not end the following: its exit code is that of the run.

    Args:
        directory: of the run or experiment.
        process: its process if this program started it. It may be set before `follow`.
        interrupts: those that arrived while the process was started.
    """

    def __init__(
        self,
        directory: ProcessDirectory,
        process: subprocess.Popen[bytes] | None = None,
        interrupts: Interrupts | None = None,
    ) -> None:
        self.process = process
        self.interrupts = interrupts or Interrupts()
        self._directory = directory

    def follow(self, *, until_started: bool = False) -> int:
        """Print until the process ends, or only until training has begun; return the exit code."""
        with Output() as output, self.interrupts:
            while True:
                is_at_work = self.is_at_work()  # first: what it wrote before it ended must still be read
                self.print_news(output, is_at_work=is_at_work)
                if until_started and self.has_started:
                    return DONE
                if not is_at_work:
                    break
                report_loss(wording.GOES_ON)
                if self.interrupts.is_new() and not self._stop(output):
                    return self.interrupts.code
                time.sleep(_POLL_SECONDS)
        return forgive_loss(self.finish())

    def is_at_work(self) -> bool:
        """Whether the process is alive, or was just launched and may still take the lock."""
        if self.process is not None:
            return self.process.poll() is None
        return self._directory.is_launching or self._directory.is_alive

    def _stop(self, output: Output) -> bool:
        """Answer Ctrl-C or SIGTERM; return whether to keep following."""
        if self.process is None:
            output.answer(wording.NO_LONGER_FOLLOWED)
            return False
        if not self.has_started or self.interrupts.count > 1:
            self.kill(self.process)
            self.process.wait()
            if not self.has_started:
                output.answer(wording.NOTHING_STARTED)
            return False
        try:
            post(self._directory.commands, "stop")
            answer = self.stopping()
        except Problem as problem:
            answer = str(problem)
        again = wording.AGAIN if self.interrupts.code == INTERRUPTED else wording.AGAIN_BY_SIGNAL
        output.answer(f"{answer} {again}")
        return True

    @abstractmethod
    def skip(self) -> None:
        """Read what has happened so far without printing it."""

    @abstractmethod
    def print_news(self, output: Output, *, is_at_work: bool) -> None:
        """Print what has happened since the last call."""

    @property
    @abstractmethod
    def has_started(self) -> bool:
        """Whether training has begun."""

    @abstractmethod
    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End the process and its trainer at once."""

    @abstractmethod
    def stopping(self) -> str:
        """The answer to a Ctrl-C or SIGTERM that stops the work."""

    @abstractmethod
    def finish(self) -> int:
        """Print how the work ended; return the exit code."""
