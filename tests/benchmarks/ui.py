"""The cost of the screen: first paint, keys, bytes, redrawing and opening a run.

The program is driven in a real terminal; only redrawing is measured within this process.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from textual.app import App, ComposeResult

from core.runs.directory import RunDirectory
from core.runs.events import RunStarted
from core.runs.history import History
from tests.benchmarks.report import Report, Row, options_of
from tests.benchmarks.synthetic_run import make_run, plan, training, training_events
from tests.benchmarks.terminal_driver import Terminal
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.run_curves import RunCurves, loss_frame

PARTS = ("paint", "watch", "redraw", "open")
WIDE, SMALL = (120, 36), (80, 24)
# Charts of an 80×24 and of a very large terminal, in cells, borders included.
CHARTS = ((80, 20), (152, 42))
PACE = 1 / 20
BUSY = "from core.runs.launch import lower_priority; lower_priority({nice})\nwhile True: pass"


class Results:
    """The figures of one part of the report, printed as they are measured."""

    def __init__(self, report: Report, part: str) -> None:
        self._report, self._part = report, part
        self._rows: list[Row] = []

    def add(self, figure: str, value: float, unit: str, goal: float | None = None) -> None:
        """Add a figure; `goal` is its upper limit."""
        self._rows.append({"figure": figure, "value": round(value, 3), "unit": unit, "at_most": goal})
        self._report.say(f"{figure}: {value:.3g} {unit}")
        self._report.keep(self._part, self._rows)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that is at least as large as a fraction `share` of `values`."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextlib.contextmanager
def busy(processes: int, nice: int) -> Iterator[None]:
    """Keep `processes` cores busy within the block."""
    started = [
        subprocess.Popen([sys.executable, "-c", BUSY.format(nice=nice)], start_new_session=True)
        for _ in range(processes)
    ]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def first_paint(results: Results, folder: Path, times: int) -> None:
    """Measure the time from the start of the program to the home screen, warm."""
    seconds = []
    for _ in range(times + 1):
        with Terminal(size=WIDE, environment={"BERTCLS_RUNS_DIR": str(folder / "none")}) as terminal:
            seconds.append(terminal.wait_for("quit") - terminal.started_at)
    results.add("first paint of home, median", statistics.median(seconds[1:]), "s", 0.4)


def keys(results: Results, run: RunDirectory, name: str, presses: int) -> None:
    """Measure the time from a key to the view that it opens."""
    with Terminal("attach", str(run.path), size=SMALL) as terminal:
        terminal.wait_for("loss")
        seconds = []
        for number in range(presses):
            key, sign = [("2", "early stopping"), ("5", "trainer.log")][number % 2]
            seconds.append(terminal.press(key, sign) * 1000)
            terminal.read_for(0.05 + 0.013 * (number % 7))  # at a varying time between two ticks
    results.add(f"key to paint, {name}, p50", statistics.median(seconds), "ms")
    results.add(f"key to paint, {name}, p99", percentile(seconds, 0.99), "ms", 100)


def traffic(results: Results, run: RunDirectory, name: str, size: tuple[int, int], seconds: float) -> None:
    """Measure the bytes per second to the terminal while a run trains 20 steps per second."""
    with Terminal("attach", str(run.path), size=size) as terminal:
        terminal.wait_for("smoothed")
        terminal.read_for(3.0)
        count = terminal.read_for(seconds)
    results.add(f"traffic at {size[0]}×{size[1]}, {name}", count / seconds / 1024, "KiB/s", 12)


def opening(results: Results, folder: Path, steps: int, times: int) -> None:
    """Measure the time from enter in the list of runs to the chart of a run of `steps` steps."""
    make_run(folder, "long", steps, 2 * steps)
    seconds = []
    for _ in range(times):
        with Terminal(size=WIDE, environment={"BERTCLS_RUNS_DIR": str(folder)}) as terminal:
            terminal.wait_for("interrupted", "attach")
            terminal.read_for(0.5)
            seconds.append(terminal.press("\r", f"step {steps}/{2 * steps}", "smoothed"))
    results.add(f"opening a run of {steps:,} steps", statistics.median(seconds), "s", 2.0)


class ChartApp(App[None]):
    """One chart that fills the terminal."""

    CSS = "LineChart { border: round white; padding: 0 1 0 0; }"

    def compose(self) -> ComposeResult:
        """The chart."""
        yield LineChart()


async def redraw(results: Results, steps: int, size: tuple[int, int], times: int = 100) -> None:
    """Measure the time from ten new steps to the new lines of the loss chart, in this process."""
    planned = plan(2 * steps)
    history = History()
    history.apply(RunStarted(seq=1, plan=planned, pid=1, host="here", device_name="cpu"))
    history.extend(training_events(planned, 1, steps))
    app, curves, milliseconds = ChartApp(), RunCurves(), []
    async with app.run_test(size=size):
        chart = app.query_one(LineChart)
        for number in range(times):
            first = steps + 1 + 10 * number
            history.extend(training_events(planned, first, first + 9))
            begin = time.perf_counter()
            curves = curves.following(history)
            chart.show(loss_frame(history, curves, ""))
            for row in range(chart.content_size.height):
                chart.render_line(row)
            milliseconds.append((time.perf_counter() - begin) * 1000)
        width, height = chart.content_size
    name = f"redraw of {width}×{height} cells, {steps:,} steps"
    results.add(name, statistics.median(milliseconds[1:]), "ms", 5)


def watch(results: Results, folder: Path, options: argparse.Namespace) -> None:
    """Measure all figures of a watched run."""
    # A new curve grows fastest, and its scale changes now and then.
    for name, steps, max_steps in (("a new run", 10, 600), ("a long run", 10_000, 30_000)):
        run = make_run(folder, name.replace(" ", "-"), steps, max_steps)
        for size in (SMALL, WIDE):
            with training(run, steps, max_steps, PACE):
                traffic(results, run, name, size, options.seconds)
    keys(results, run, "idle", options.presses)
    cores = os.cpu_count() or 1
    for nice in (0, options.nice):
        with training(run, steps, max_steps, PACE), busy(cores, nice):
            keys(results, run, f"training and {cores} busy cores at nice {nice}", options.presses)


def main() -> None:
    """Measure the selected parts, print them, and write them as JSON."""
    parser = options_of("ui", __doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="only these parts")
    parser.add_argument("--paints", type=int, default=15, help="number of starts of the program")
    parser.add_argument("--presses", type=int, default=200, help="number of keys to press")
    parser.add_argument("--openings", type=int, default=5, help="number of times to open a long run")
    parser.add_argument("--seconds", type=float, default=20.0, help="duration of counting bytes")
    parser.add_argument("--nice", type=int, default=5, help="niceness of the busy processes")
    options = parser.parse_args()
    report = Report("ui", options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in options.only:
            results = Results(report, part)
            match part:
                case "paint":
                    first_paint(results, folder, options.paints)
                case "watch":
                    watch(results, folder / "watch", options)
                case "redraw":
                    for size in CHARTS:
                        for steps in (1_000, 10_000, 100_000, 1_000_000):
                            asyncio.run(redraw(results, steps, size))
                case "open":
                    for steps in (100_000, 1_000_000):
                        opening(results, folder / str(steps), steps, options.openings)
    report.show()


if __name__ == "__main__":
    main()
