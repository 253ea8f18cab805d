"""Follower: prints what happens in a run or an experiment, and answers Ctrl-C."""

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
from tui.terminal import DONE, INTERRUPTED
from tui.wording import run as wording

_POLL_SECONDS = 0.2


class Follower(ABC):
    """Prints what happens in a directory until its process ends.

    If this program started the process, the first Ctrl-C stops it after the step, with a checkpoint, and the
    second at once; before training begins, the first one does. Otherwise Ctrl-C only ends the following.

    Args:
        directory: of the run or experiment.
        process: its process if this program started it. It may be set before `follow`.
    """

    def __init__(self, directory: ProcessDirectory, process: subprocess.Popen[bytes] | None = None) -> None:
        self.process = process
        self.interrupts = _Interrupts()
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
                if self.interrupts.is_new() and not self._stop(output):
                    return INTERRUPTED
                time.sleep(_POLL_SECONDS)
        return self.finish()

    def is_at_work(self) -> bool:
        """Whether the process is alive, or was just launched and may still take the lock."""
        if self.process is not None:
            return self.process.poll() is None
        return self._directory.is_launching or self._directory.is_alive

    def _stop(self, output: Output) -> bool:
        """Answer Ctrl-C; return whether to keep following."""
        if self.process is None:
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
            answer = wording.not_stopping(str(problem))
        output.answer(answer)
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
        """The answer to a Ctrl-C that stops the work."""

    @abstractmethod
    def finish(self) -> int:
        """Print how the work ended; return the exit code."""


class _Interrupts:
    """Counts Ctrl-C in its context, so that they are answered between two looks."""

    def __init__(self) -> None:
        self.count = 0
        self._answered = 0

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def is_new(self) -> bool:
        """Whether there was a Ctrl-C since the last call."""
        answered, self._answered = self._answered, self.count
        return self.count > answered

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
