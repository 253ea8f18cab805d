"""StepSeries: the figures of every step that a history keeps."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import lt
from typing import NamedTuple, Self, cast

from core.runs.events import AnyEvent, Step

NAN = float("nan")


class StepSeries:
    """Training figures by step: arrays of doubles of one length; a missing value is NaN."""

    def __init__(self, steps: Sequence[Step] = ()) -> None:
        # Spelled out for speed: opening a long run spends much of its time here.
        self.step = array("d", [step.step for step in steps])
        self.loss = array("d", [NAN if step.loss is None else step.loss for step in steps])
        self.documents_per_second = array(
            "d", [NAN if step.documents_per_second is None else step.documents_per_second for step in steps]
        )
        self.cuts = 0
        """How often steps were removed."""

    def __len__(self) -> int:
        return len(self.step)

    def extend(self, later: Self) -> None:
        """Append the figures of later steps. A step that is not later replaces all steps from it on."""
        steps = self.step[-1:] + later.step
        if all(map(lt, steps, steps[1:])):
            for column, more in zip(self._columns(), later._columns(), strict=True):
                column.extend(more)
            return
        for row in zip(*later._columns(), strict=True):
            self.truncate(row[0] - 1)
            for column, value in zip(self._columns(), row, strict=True):
                column.append(value)

    def truncate(self, step: float) -> None:
        """Remove all steps after `step`."""
        keep = bisect_right(self.step, step)
        self.cuts += keep < len(self)
        for column in self._columns():
            del column[keep:]

    def _columns(self) -> tuple["array[float]", ...]:
        return self.step, self.loss, self.documents_per_second


class StepBlock(NamedTuple):
    """Consecutive steps in the form that a history keeps."""

    figures: StepSeries
    last: Step


def condense(events: Iterable[AnyEvent | StepBlock]) -> Iterator[AnyEvent | StepBlock]:
    """Yield the events with consecutive steps merged into blocks, which are small and quick to apply."""
    for kind, group in groupby(events, type):
        if kind is Step:
            steps = cast(list[Step], list(group))
            yield StepBlock(StepSeries(steps), steps[-1])
        else:
            yield from group
