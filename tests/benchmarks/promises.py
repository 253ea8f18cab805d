"""Forecasts of a run against what happened: the remaining time, the speed, and the step where it stops.

Measured at each tenth of the steps of a finished run. Its events are read in order, so the forecasts are
those that a screen showed; pauses and resumes count as passed time.
"""

import argparse
from itertools import chain
from pathlib import Path

from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, EventFollower, Step
from core.runs.history import History
from tests.benchmarks.report import Report, Row, options_of

_PARTS = 10


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("promises", __doc__)
    parser.add_argument("runs", nargs="+", type=Path, help="directories of finished runs")
    return parser.parse_args()


def promises(run: RunDirectory) -> list[Row]:
    """A row for each tenth of a run."""
    events = list(chain.from_iterable(EventFollower(run.events).pieces()))
    steps = [event for event in events if isinstance(event, Step)]
    marks = {steps[len(steps) * part // _PARTS].seq for part in range(1, _PARTS)}
    history, rows = History(), list[Row]()
    for event in events:
        history.apply(event)
        if event.seq in marks:
            rows.append(_row(history, event, steps))
    return rows


def _row(history: History, now: AnyEvent, steps: list[Step]) -> Row:
    last, plan, stopping = steps[-1], history.plan, history.stopping
    assert plan is not None
    assert history.last_step is not None
    later = [step for step in steps if step.seq > now.seq]
    texts = len(later) * plan.train_batch_size
    return {
        "step": history.step,
        "said_s": history.seconds_left,
        "then_s": last.time - now.time,
        "texts_a_second": history.last_step.documents_per_second,
        "with_halts": texts / (last.time - now.time),
        "stops_at": stopping.stops_at if stopping else None,
        "ended_at": last.step,
    }


def main() -> None:
    """Measure, print the table, and write the figures."""
    options = parse()
    report = Report("promises", options)
    for path in options.runs:
        report.keep(path.name, promises(RunDirectory.open(path)))
    report.show()


if __name__ == "__main__":
    main()
