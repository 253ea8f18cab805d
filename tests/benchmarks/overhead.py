"""The cost of watching: steps per second of a run with and without the app attached, in turn.

The app is a real one, `bertcls-tui attach` in a real pseudo-terminal of 120 by 36 cells that shows the watch
screen. After each change, some steps pass before the measurement starts.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.runs.directory import RunDirectory
from core.runs.events import EventFollower, Step
from tests.benchmarks import documents
from tests.benchmarks.measuring import Failed
from tests.benchmarks.program import Workplace, as_arguments
from tests.benchmarks.report import Report, Row, options_of
from tests.benchmarks.terminal_driver import Terminal

_SIZE = (120, 36)
_LOOK_SECONDS = 0.2
_ENDLESS = 1_000_000


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("overhead", __doc__)
    parser.add_argument("--data", type=Path, default=documents.TRAINING_SAMPLE)
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--steps", type=int, default=100, help="steps of a window")
    parser.add_argument("--settle", type=int, default=20, help="steps before each window")
    parser.add_argument("--windows", type=int, default=6, help="windows of each kind")
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="a setting of the run"
    )
    return parser.parse_args()


class Steps:
    """The steps of a run as they arrive."""

    def __init__(self, directory: RunDirectory) -> None:
        self._directory = directory
        self._follower = EventFollower(directory.events)
        self._times: list[float] = []

    def window(self, settle: int, steps: int, wait: Callable[[], object]) -> float:
        """Let `settle` steps pass; return the steps per second of the next `steps`.

        Args:
            settle: steps that are not measured.
            steps: steps that are measured.
            wait: called to wait for a moment.
        """
        self._read()
        first = len(self._times) + settle
        while len(self._times) <= first + steps:
            if not self._directory.is_alive:
                raise Failed(f"the trainer has ended; its log is {self._directory.log}")
            wait()
            self._read()
        return steps / (self._times[first + steps] - self._times[first])

    def _read(self) -> None:
        self._times += [event.time for event in self._follower.read() if isinstance(event, Step)]


def attached(directory: RunDirectory, steps: Steps, options: argparse.Namespace) -> float:
    """Steps per second while an app shows the run; it is left by the key d."""
    with Terminal("attach", str(directory.path), size=_SIZE) as terminal:
        terminal.wait_for("loss", "early stopping")
        found = steps.window(options.settle, options.steps, lambda: terminal.read_for(_LOOK_SECONDS))
        terminal.press("d", "continues in the background")
        return found


def detached(steps: Steps, options: argparse.Namespace) -> float:
    """Steps per second without an app."""
    return steps.window(options.settle, options.steps, lambda: time.sleep(_LOOK_SECONDS))


def rows_of(found: dict[str, list[float]]) -> list[Row]:
    """A row for each kind of window, with the ratio."""
    rows: list[Row] = [
        {
            "app": kind,
            "windows": len(rates),
            "steps_per_second": statistics.median(rates),
            "slowest": min(rates),
            "quickest": max(rates),
        }
        for kind, rates in found.items()
    ]
    rows[1]["ratio"] = rows[1]["steps_per_second"] / rows[0]["steps_per_second"]
    pairs = zip(found["attached"], found["detached"], strict=True)
    rows[1]["median_of_ratios"] = statistics.median(with_app / without for with_app, without in pairs)
    return rows


def main() -> None:
    """Measure, print the table, and write the figures."""
    options = parse()
    report = Report("overhead", options)
    found: dict[str, list[float]] = {"detached": [], "attached": []}
    with tempfile.TemporaryDirectory(prefix="bertcls-benchmark-") as folder:
        workplace = Workplace(Path(folder))
        lengths = ("--max-steps", _ENDLESS, "--eval-steps", _ENDLESS, "--max-length", options.max_length)
        with workplace.training(
            options.data.absolute(),
            "watched",
            *(
                "--model",
                options.model,
                "--train-batch-size",
                options.batch,
                *lengths,
                *as_arguments(options.set),
            ),
        ) as directory:
            steps = Steps(directory)
            for _ in range(options.windows):
                found["detached"].append(detached(steps, options))
                found["attached"].append(attached(directory, steps, options))
                report.say(
                    f"detached {found['detached'][-1]:.2f}, attached {found['attached'][-1]:.2f} steps/s"
                )
                report.keep(f"steps a second, {options.model}, {options.data.name}", rows_of(found))
    report.show()


if __name__ == "__main__":
    main()
