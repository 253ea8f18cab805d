"""StepSeries: what a history keeps of every step of a run."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import lt
from typing import NamedTuple, Self, cast

from core.runs.events import AnyEvent, Step

NAN = float("nan")


class StepSeries:
    """Training figures by step, in flat arrays of doubles; a gap is NaN. All have the same length."""

    def __init__(self, steps: Sequence[Step] = ()) -> None:
        # Spelled out: much of the time to open a long run goes here.
        self.step = array("d", [step.step for step in steps])
        self.loss = array("d", [NAN if step.loss is None else step.loss for step in steps])
        self.documents_per_second = array(
            "d", [NAN if step.documents_per_second is None else step.documents_per_second for step in steps]
        )
        self.cuts = 0
        """How often some were forgotten."""

    def __len__(self) -> int:
        return len(self.step)

    def extend(self, later: Self) -> None:
        """Add the figures of later steps. One that is not later is trained anew: what came after is over."""
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
        """Forget what came after `step`."""
        keep = bisect_right(self.step, step)
        self.cuts += keep < len(self)
        for column in self._columns():
            del column[keep:]

    def _columns(self) -> tuple["array[float]", ...]:
        return self.step, self.loss, self.documents_per_second


class StepBlock(NamedTuple):
    """What a history keeps of steps in a row."""

    figures: StepSeries
    last: Step


def condense(events: Iterable[AnyEvent | StepBlock]) -> Iterator[AnyEvent | StepBlock]:
    """The same events, but each row of steps as one block, which is small and quickly added to a history."""
    for kind, group in groupby(events, type):
        if kind is Step:
            steps = cast(list[Step], list(group))
            yield StepBlock(StepSeries(steps), steps[-1])
        else:
            yield from group
