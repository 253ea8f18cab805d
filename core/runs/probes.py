"""Probes: texts pinned in a run, which every evaluation classifies. File: predictions/probes.jsonl."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.problems import Problem
from core.runs.directory import RunDirectory
from core.runs.history import History, read_outline
from core.runs.tried_texts import TriedText, append_line
from core.text.text_pairs import require_pair

# As many lines as can be told apart in one chart.
MOST = 8


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A text is pinned, or unpinned. The last entry of a text counts."""

    text: str
    pinned: bool = True
    time: float = 0.0
    """Seconds since the epoch."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Prediction for a probe with the weights of `step`: probabilities in the order of `labels`."""

    step: int
    labels: list[str]
    probabilities: list[float]

    @property
    def top(self) -> str:
        """The most probable label."""
        return self.labels[max(range(len(self.labels)), key=self.probabilities.__getitem__)]

    def probability(self, label: str) -> float | None:
        """Return the probability of `label`, or None if there is no such label."""
        return self.probabilities[self.labels.index(label)] if label in self.labels else None


def key_of(text: str) -> str:
    """Return the key of a text in events: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def pin(run: Path, texts: Sequence[str]) -> None:
    """Pin texts in the run at `run`. Texts that are pinned already keep their position.

    Raises:
        Problem: too many texts, a single text where the model reads text pairs, a text that is not UTF-8, or
            a file that cannot be written.
    """
    before = read(run)
    new = [text for text in dict.fromkeys(texts) if text not in before]
    plan = read_outline(RunDirectory(run)).plan if new else None
    for text in new if plan and plan.pairs else ():
        require_pair(text)
    if len(before) + len(new) > MOST:
        raise Problem(f"at most {MOST} texts can be pinned", mend="Unpin one of them first.")
    _write(run, new, pinned=True)


def unpin(run: Path, texts: Sequence[str]) -> None:
    """Unpin texts in the run at `run`. Texts that are not pinned are ignored.

    Raises:
        Problem: the file cannot be written.
    """
    before = read(run)
    _write(run, [text for text in dict.fromkeys(texts) if text in before], pinned=False)


def read(run: Path) -> list[str]:
    """Return the texts pinned in the run at `run`, in the order of pinning."""
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
    """Return the predictions for a text by step: those of the trainer, and those made by hand.

    Args:
        text: the text.
        history: of the run.
        trials: texts tried by hand, the oldest first.
    """
    started = history.started
    labels = history.plan.labels if history.plan else []
    points: dict[int, Point] = {}
    for trial in trials:
        # Steps after the checkpoint of a resume were trained again: older predictions for them are void.
        is_void = started and trial.time < started.time and trial.step > (started.resumed_from or 0)
        if trial.text == text and not is_void:
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
    except UnicodeEncodeError:  # arguments that are not UTF-8 arrive as lone surrogates
        raise Problem("this text is not UTF-8", mend="Write it in UTF-8.") from None
    except OSError as error:
        raise Problem(
            f"the pinned texts cannot be written ({error.strerror})", where=str(_path(run))
        ) from None


def _path(run: Path) -> Path:
    return run / "predictions" / "probes.jsonl"


_decoder = msgspec.json.Decoder(Pin)
