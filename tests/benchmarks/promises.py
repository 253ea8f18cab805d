"""What a run said while it trained, and what then came of it: the time left, the speed, where it stops.

For a finished run, at each tenth of its steps. Its events are read as they came, so that all is said that a
screen said then; a pause, or a resume, is in what then went by.
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
    """The command line."""
    parser = options_of("promises", __doc__)
    parser.add_argument("runs", nargs="+", type=Path, help="directories of finished runs")
    return parser.parse_args()


def promises(run: RunDirectory) -> list[Row]:
    """A row for each part of a run."""
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
    """Measure, print, write."""
    options = parse()
    report = Report("promises", options)
    for path in options.runs:
        report.keep(path.name, promises(RunDirectory.open(path)))
    report.show()


if __name__ == "__main__":
    main()
