"""What was tried in a run: the texts typed and what a checkpoint said of each, as JSON lines."""

import os
import time
from pathlib import Path

import msgspec

# So much of the end of the file is read: what was tried long ago is not shown again.
TAIL = 1 << 18


class TriedText(msgspec.Struct, frozen=True, kw_only=True):
    """A text, the checkpoint it was put to, and the probabilities in the order of `labels`."""

    text: str
    which: str
    """best or last."""
    step: int
    labels: list[str]
    probabilities: list[float]
    thresholds: list[float] | None = None
    """Of a classifier that gives sets of labels: by label the probability from which on the text has it."""
    time: float = 0.0
    """Seconds since the epoch."""

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """Labels with their probabilities, the most probable first; of sets, those of the text before all."""
        chosen = self.chosen or []
        pairs = zip(self.labels, self.probabilities, strict=True)
        return sorted(pairs, key=lambda pair: (pair[0] not in chosen, -pair[1]))

    @property
    def chosen(self) -> list[str] | None:
        """The labels of the text; None where the most probable one is its label."""
        if self.thresholds is None:
            return None
        found = zip(self.labels, self.probabilities, self.thresholds, strict=True)
        return [label for label, probability, threshold in found if probability >= threshold]


def append(run: Path, trial: TriedText) -> None:
    """Add `trial`, with the time, to what was tried in the run at `run`.

    Raises:
        OSError: it cannot be written.
    """
    append_line(_path(run), msgspec.structs.replace(trial, time=time.time()))


def append_line(path: Path, record: msgspec.Struct) -> None:
    """Add a record to a private file of JSON lines, also where another writer left half a line.

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
    """What was tried in the run at `run`, the oldest first. Lines that are no trial are passed over."""
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
    return list(filter(_is_whole, trials))


def _is_whole(trial: TriedText) -> bool:
    """Whether all labels have a number each."""
    given = [trial.probabilities, *([] if trial.thresholds is None else [trial.thresholds])]
    return bool(trial.labels) and all(len(each) == len(trial.labels) for each in given)


def _path(run: Path) -> Path:
    return run / "predictions" / "tried.jsonl"


_decoder = msgspec.json.Decoder(TriedText)
