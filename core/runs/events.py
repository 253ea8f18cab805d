"""The events of a run: one line of JSON each, with `seq`, `time` and `kind`, in an append-only file.

Numbers that are not finite are written as null and read as None: a gap in a curve, not a value.
"""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

import msgspec

from core.training.plan import Plan

EndReason = Literal["finished", "early_stopped", "stopped", "failed", "refused"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every event has. `seq` counts from 1 without gaps; `time` is seconds since the epoch."""

    seq: int = 0
    time: float = 0.0


class Launched(Event, frozen=True, kw_only=True, tag="launched"):
    """A trainer process holds the lock and begins to plan: a new run, or one that goes on."""

    pid: int


class Stage(Event, frozen=True, kw_only=True, tag="stage"):
    """What the trainer is busy with before and after the training loop ("reading data")."""

    name: str


class RunStarted(Event, frozen=True, kw_only=True, tag="run_started"):
    """The plan was accepted and training begins, or goes on after `resumed_from` steps."""

    plan: Plan
    pid: int
    host: str
    device_name: str
    resumed_from: int | None = None
    token_budget: int | None = None
    """Positions of one forward and backward pass."""


class Step(Event, frozen=True, kw_only=True, tag="step", gc=False):
    """Training figures of one step, or the mean over the steps since the last such event."""

    step: int
    epoch: float
    loss: float | None
    """Mean cross-entropy, without class weights, as that of evaluations."""
    learning_rate: float
    grad_norm: float | None = None
    documents_per_second: float | None = None
    tokens_per_second: float | None = None
    padding: float | None = None
    """Share of padding in the token positions that were computed, 0 to 1."""

    def rounded(self) -> Self:
        """With the seven digits that single precision has: long ones make a long run slow to read."""
        values = msgspec.structs.asdict(self).items()
        figures = {name: float(f"{value:.7g}") for name, value in values if isinstance(value, float)}
        return msgspec.structs.replace(self, **figures)


class Evaluation(Event, frozen=True, kw_only=True, tag="evaluation"):
    """Figures of one split with the weights of `step`. `split` is validation or test."""

    step: int
    split: str
    examples: int
    loss: float | None
    accuracy: float
    """Of sets of labels the share of texts whose whole set is right."""
    accuracy_low: float
    """Lower end of the 95 % Wilson interval."""
    accuracy_high: float
    macro_f1: float
    micro_f1: float | None = None
    """Of sets of labels; on validation they are decided by thresholds fitted on the other half of it."""
    seconds: float
    requested: bool = False
    """Asked for by a person, between the regular ones: it never uses up patience."""


class Stopping(Event, frozen=True, kw_only=True, tag="stopping"):
    """State of early stopping after an evaluation."""

    step: int
    metric: str
    best: float | None
    best_step: int | None
    used: int
    """Evaluations in a row without a new best."""
    patience: int
    stops_at: int | None
    """Step of the evaluation that would end training if no new best comes; None when the run ends before."""


class Checkpoint(Event, frozen=True, kw_only=True, tag="checkpoint"):
    """A complete checkpoint was written. `is_best`: the best on validation so far."""

    step: int
    is_best: bool
    bytes: int
    seconds: float


class Probed(Event, frozen=True, kw_only=True, tag="probed"):
    """What the weights of `step` say of the pinned texts; see core/runs/probes.py."""

    step: int
    probabilities: dict[str, list[float]]
    """By the key of the text; in the order of the labels of the plan."""


class Warned(Event, frozen=True, kw_only=True, tag="warning"):
    """Something a person should know that does not stop the run."""

    message: str


class Acknowledged(Event, frozen=True, kw_only=True, tag="acknowledged"):
    """The trainer obeyed, or refused, a command at a step boundary."""

    id: str
    name: str
    step: int
    accepted: bool = True
    message: str = ""


class RunEnded(Event, frozen=True, kw_only=True, tag="run_ended"):
    """The trainer is done. `step` is the last one trained, `best_step` the one that `model/` holds."""

    reason: EndReason
    step: int = 0
    best_step: int | None = None
    error: str = ""
    """For failed and refused: what went wrong, in a sentence."""


AnyEvent = (
    Launched
    | Stage
    | RunStarted
    | Step
    | Evaluation
    | Stopping
    | Checkpoint
    | Probed
    | Warned
    | Acknowledged
    | RunEnded
)


class _Numbered(msgspec.Struct):
    seq: int


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyEvent)
_numbered = msgspec.json.Decoder(_Numbered)

_BEGIN = b'{"kind":"'
_STEPS_BEFORE_A_STEP = re.compile(rb'^\{"kind":"step",.*\n(?=\{"kind":"step",)', re.MULTILINE)


class EventWriter:
    """Appends events to a file. One writer at a time: the holder of the run's lock.

    A torn last line that a killed writer left is cut off; numbering goes on where it ended.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._next = self._mend() + 1

    def write(self, event: AnyEvent, *, durable: bool = False) -> None:
        """Append `event` with its number and the time; `durable` waits until it is on the disk."""
        event = msgspec.structs.replace(event, seq=self._next, time=round(time.time(), 3))
        line = _encoder.encode(event) + b"\n"
        end = os.fstat(self._file).st_size
        written = 0
        try:
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            # The disk is full: what comes next must not be joined to half a line.
            os.ftruncate(self._file, end)
            raise
        self._next += 1
        if durable:
            os.fsync(self._file)

    def close(self) -> None:
        """Wait until everything is on the disk, and close the file."""
        os.fsync(self._file)
        os.close(self._file)

    def _mend(self) -> int:
        """Cut a torn last line off; return the number of the last event that can be read."""
        size = os.fstat(self._file).st_size
        tail, start = b"", size
        while start > 0 and tail.count(b"\n") < 2:
            start = max(0, start - 65536)
            tail = os.pread(self._file, size - start, start)
        whole = tail.rfind(b"\n") + 1
        if start + whole < size:
            os.ftruncate(self._file, start + whole)
        for line in reversed(tail[:whole].splitlines()):
            with contextlib.suppress(msgspec.MsgspecError):
                return _numbered.decode(line).seq
        return 0


class EventFollower:
    """Reads the events of a file that grows: each one once, in order. A missing file has none yet.

    Args:
        path: the file.
        every_step: without it, of steps in a row only the last is read, and of the others not even whether
            they can be: enough for everything but curves and counts, and several times as quick.
    """

    def __init__(self, path: Path, *, every_step: bool = True) -> None:
        self._path = path
        self._every_step = every_step
        self.offset = 0
        """Bytes of the file that were read."""
        self.unreadable = 0
        """Lines that were no event: of a newer program, or damaged."""

    def read(self, limit: int = 1 << 24) -> list[AnyEvent]:
        """Return the events that came since the last call, from at most `limit` bytes or one longer line.

        A half-written last line is "not yet" and stays for the next call.
        """
        return next(self.pieces(limit), [])

    def pieces(self, limit: int = 1 << 17) -> Iterator[list[AnyEvent]]:
        """Yield all events that came since the last call, those of at most `limit` bytes at a time.

        A piece is decoded at once, and again line by line where one is damaged. It is quickest while its
        events fit into the cache of a processor.
        """
        while data := self._read_lines(limit):
            self.offset += len(data)
            yield self._decode(data)

    def _read_lines(self, limit: int) -> bytes:
        """The whole lines that were not read yet; none when there is no such line."""
        try:
            with self._path.open("rb") as file:
                file.seek(self.offset)
                data = file.read(limit)
                while b"\n" not in data and (more := file.read(limit)):
                    data += more
        except FileNotFoundError:
            return b""
        return data[: data.rfind(b"\n") + 1]

    def _decode(self, lines: bytes) -> list[AnyEvent]:
        """The events of a block of whole lines."""
        if not self._every_step:
            events = _decode_at_once(_STEPS_BEFORE_A_STEP.sub(b"", lines))
            if events is not None:
                return events
        events = _decode_at_once(lines)
        return self._decode_each(lines) if events is None else events

    def _decode_each(self, lines: bytes) -> list[AnyEvent]:
        """The events among `lines`, of which some are none."""
        events: list[AnyEvent] = []
        for line in lines.split(b"\n"):
            if not line:
                continue
            try:
                events.append(_decoder.decode(line))
            except (msgspec.MsgspecError, UnicodeDecodeError):
                self.unreadable += 1
        return events


def _decode_at_once(lines: bytes) -> list[AnyEvent] | None:
    """The events of whole lines in a third of the time; None when they are not an event each."""
    count = lines.count(b"\n")
    # Only so is every line end one between two objects, and none inside of one.
    if not lines.startswith(_BEGIN) or lines.count(b"}\n" + _BEGIN) != count - 1:
        return None
    try:
        events: list[AnyEvent] = _decoder.decode_lines(lines)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return events if len(events) == count else None
