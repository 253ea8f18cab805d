"""Try one input in its own process, and measure outcome, time and memory."""

import contextlib
import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.problems import Problem

MOST_SECONDS = 5.0
MOST_BYTES = 1 << 30
# On a busy machine the allowed CPU time takes longer. A trial that hangs is ended.
_PATIENCE = 12
# A decompression bomb must end only the trial, not the machine.
_MOST_DATA = 4 * MOST_BYTES

Outcome = Literal["sentence", "loaded", "traceback", "hang", "killed"]


@dataclass(frozen=True)
class Trial:
    """The outcome of an input. `said` is the message or the traceback."""

    outcome: Outcome
    said: str
    seconds: float
    bytes: int
    """Peak memory."""

    @property
    def is_clean(self) -> bool:
        """Whether it was read or rejected with a message, quickly and with little memory."""
        return self.outcome in ("sentence", "loaded") and self.bytes <= MOST_BYTES


def attempt(action: Callable[[], object]) -> Trial:
    """Run the trial in a forked child process."""
    readable, writable = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if not child:
        os.close(readable)
        _do(action, writable)
    os.close(writable)
    with os.fdopen(readable, "rb") as pipe:
        answer = _answer(pipe.fileno(), child)
    _, status, used = os.wait4(child, 0)
    seconds = time.monotonic() - began
    outcome, _, said = answer.decode(errors="replace").partition("\n")
    spent = used.ru_utime + used.ru_stime
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        outcome = "hang" if number in (signal.SIGXCPU, signal.SIGALRM) else "killed"
        said = signal.Signals(number).name
    elif spent > MOST_SECONDS:
        outcome, said = "hang", f"{spent:.1f} s of a processor; {outcome}: {said}"
    assert outcome in ("sentence", "loaded", "traceback", "hang", "killed"), answer
    return Trial(outcome, said, seconds, used.ru_maxrss * 1024)  # type: ignore[arg-type]


def _answer(pipe: int, child: int) -> bytes:
    """The output of the child until it ends or times out."""
    answer = bytearray()
    end = time.monotonic() + _PATIENCE * MOST_SECONDS
    while True:
        if not select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0]:
            os.kill(child, signal.SIGALRM)
            return bytes(answer)
        block = os.read(pipe, 1 << 16)
        if not block:
            return bytes(answer)
        answer += block


def _do(action: Callable[[], object], pipe: int) -> None:
    """Run in the child. Never returns."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_DATA, _MOST_DATA))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(2 * MOST_SECONDS), int(2 * MOST_SECONDS) + 1))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        action()
        said = "loaded\n"
    except Problem as problem:
        said = f"sentence\n{problem}"
    except BaseException:  # noqa: BLE001 - every exception is a finding
        said = f"traceback\n{traceback.format_exc()}"
    with contextlib.suppress(OSError):
        data = said.encode(errors="backslashreplace")[: 1 << 20]
        while data:
            data = data[os.write(pipe, data) :]
    os._exit(0)


def read_as_data(path: Path) -> None:
    """Read a file in every way in which the program reads data.

    Raises:
        Problem: it cannot be used for training.
    """
    from core.config import DataConfig
    from core.data.examples.texts import open_texts
    from core.data.report import inspect
    from core.data.splits import load_splits

    config = DataConfig(train=str(path))
    with contextlib.suppress(Problem):
        for _ in open_texts(str(path)).chunks():
            pass
    inspect(config)
    load_splits(config, seed=1)
