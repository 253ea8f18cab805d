"""Probes: texts that are pinned in a run and classified again at every checkpoint, as JSON lines."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.problems import Problem
from core.runs.directory import RunDirectory
from core.runs.history import History, read_outline
from core.runs.tried_texts import TriedText, append_line
from core.text.text_pairs import take_apart

# So many lines can be told apart in one chart.
MOST = 8


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A text is pinned from `time` on, or no longer. The newest of a text counts."""

    text: str
    pinned: bool = True
    time: float = 0.0
    """Seconds since the epoch."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What the weights of a step said of a probe: probabilities in the order of `labels`."""

    step: int
    labels: list[str]
    probabilities: list[float]

    @property
    def top(self) -> str:
        """The most probable label."""
        return self.labels[max(range(len(self.labels)), key=self.probabilities.__getitem__)]

    def probability(self, label: str) -> float | None:
        """That of `label`; None where there was no such label."""
        return self.probabilities[self.labels.index(label)] if label in self.labels else None


def key_of(text: str) -> str:
    """What stands for a text in events."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def pin(run: Path, texts: Sequence[str]) -> None:
    """Pin texts in the run at `run`; those that are pinned already stay where they are.

    Raises:
        Problem: there would be too many, one is single where the model reads pairs of texts, or not UTF-8,
            or it cannot be written.
    """
    before = read(run)
    new = [text for text in dict.fromkeys(texts) if text not in before]
    plan = read_outline(RunDirectory(run)).plan if new else None
    for text in new if plan and plan.pairs else ():
        take_apart(text)
    if len(before) + len(new) > MOST:
        raise Problem(f"no more than {MOST} texts can be pinned", mend="Unpin one of them first.")
    _write(run, new, pinned=True)


def unpin(run: Path, texts: Sequence[str]) -> None:
    """Texts that are no longer classified at checkpoints.

    Raises:
        Problem: it cannot be written.
    """
    before = read(run)
    _write(run, [text for text in dict.fromkeys(texts) if text in before], pinned=False)


def read(run: Path) -> list[str]:
    """The texts that are pinned in the run at `run`, in the order in which they were."""
    try:
        lines = _path(run).read_bytes().split(b"\n")
    except OSError:
        return []
    texts: dict[str, None] = {}
    for line in lines:
        try:
            found = _decoder.decode(line)
        except (ValueError, RecursionError):
            continue
        if found.pinned:
            texts.setdefault(found.text)
        else:
            texts.pop(found.text, None)
    return list(texts)


def points_of(text: str, history: History, trials: Sequence[TriedText]) -> list[Point]:
    """What was said of a text, by step: by the trainer at checkpoints, and when it was tried by hand.

    Args:
        text: the text.
        history: of the run.
        trials: what was tried in the run, the oldest first.
    """
    started = history.started
    labels = history.plan.labels if history.plan else []
    points: dict[int, Point] = {}
    for trial in trials:
        # What was tried on weights that a resumed run has trained again since then no longer holds.
        is_gone = started and trial.time < started.time and trial.step > (started.resumed_from or 0)
        if trial.text == text and not is_gone:
            points[trial.step] = Point(
                step=trial.step, labels=trial.labels, probabilities=trial.probabilities
            )
    key = key_of(text)
    for probed in history.probed:
        if key in probed.probabilities:
            points[probed.step] = Point(
                step=probed.step, labels=labels, probabilities=probed.probabilities[key]
            )
    return [points[step] for step in sorted(points)]


def _write(run: Path, texts: Sequence[str], *, pinned: bool) -> None:
    try:
        for text in texts:
            append_line(_path(run), Pin(text=text, pinned=pinned, time=time.time()))
    except UnicodeEncodeError:  # arguments that are not UTF-8 come as lone surrogates
        raise Problem("this text is not UTF-8", mend="Write it in UTF-8.") from None
    except OSError as error:
        raise Problem(f"it cannot be kept in the run ({error.strerror})", where=str(_path(run))) from None


def _path(run: Path) -> Path:
    return run / "predictions" / "probes.jsonl"


_decoder = msgspec.json.Decoder(Pin)
