"""Texts tried by hand in a run, with the predictions of a checkpoint. File: predictions/tried.jsonl."""

import os
import time
from pathlib import Path

import msgspec

# Bytes read from the end of the file; older texts are not shown again.
TAIL = 1 << 18


class TriedText(msgspec.Struct, frozen=True, kw_only=True):
    """A text, the checkpoint that classified it, and the probabilities in the order of `labels`."""

    text: str
    which: str
    """Which checkpoint: best or last."""
    step: int
    labels: list[str]
    probabilities: list[float]
    thresholds: list[float] | None = None
    """Multi-label: for each label, the probability from which on a text has it."""
    time: float = 0.0
    """Seconds since the epoch."""

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """Labels with probabilities, the most probable first; labels of a multi-label text come first."""
        chosen = self.chosen or []
        pairs = zip(self.labels, self.probabilities, strict=True)
        return sorted(pairs, key=lambda pair: (pair[0] not in chosen, -pair[1]))

    @property
    def chosen(self) -> list[str] | None:
        """Multi-label: the labels of the text; None if the most probable label is the only one."""
        if self.thresholds is None:
            return None
        found = zip(self.labels, self.probabilities, self.thresholds, strict=True)
        return [label for label, probability, threshold in found if probability >= threshold]


def append(run: Path, trial: TriedText) -> None:
    """Append `trial`, with the current time, to the tried texts of the run at `run`.

    Raises:
        OSError: it cannot be written.
    """
    append_line(_path(run), msgspec.structs.replace(trial, time=time.time()))


def append_line(path: Path, record: msgspec.Struct) -> None:
    """Append a record to a private file of JSON lines, on a new line even after a partial one.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    line = msgspec.json.encode(record) + b"\n"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(file).st_size
        is_torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, b"\n" + line if is_torn else line)
    finally:
        os.close(file)


def read(run: Path) -> list[TriedText]:
    """Read the tried texts of the run at `run`, the oldest first. Invalid lines are skipped."""
    try:
        with _path(run).open("rb") as file:
            start = max(0, os.fstat(file.fileno()).st_size - TAIL)
            file.seek(start)
            lines = file.read().split(b"\n")
    except OSError:
        return []
    trials = []
    for line in lines[1:] if start else lines:
        try:
            trials.append(_decoder.decode(line))
        except (ValueError, RecursionError):
            continue
    return list(filter(_is_valid, trials))


def _is_valid(trial: TriedText) -> bool:
    """Whether there is a number for each label."""
    given = [trial.probabilities, *([] if trial.thresholds is None else [trial.thresholds])]
    return bool(trial.labels) and all(len(each) == len(trial.labels) for each in given)


def _path(run: Path) -> Path:
    return run / "predictions" / "tried.jsonl"


_decoder = msgspec.json.Decoder(TriedText)
