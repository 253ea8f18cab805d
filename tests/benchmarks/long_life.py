"""Long processes: memory and open files of an app, of a follower of a run for days, and of a trainer.

The app watches a million steps with ten thousand evaluations arrive. A follower reads a growing run as often
as a screen does in three days, and draws it. A real trainer trains tiny batches, with as many
evaluations and checkpoints.
"""

import argparse
import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import psutil

from core.config import build_config
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, EventWriter, Launched, RunStarted
from core.runs.history import read_outline
from core.runs.launch import launch
from tests.benchmarks.report import Report, Row, options_of
from tests.benchmarks.synthetic_run import plan, training, training_events
from tests.benchmarks.torture_signals import attach
from tui.following.run import TICK, RunFollower
from tui.widgets.charts.plot import draw
from tui.widgets.charts.run_curves import RunCurves, loss_frame, metric_frame

EVENTS, EVALUATIONS = 1_000_000, 10_000
DAYS = 3
_MARKS = (10_000, 100_000, 300_000, 500_000, 700_000, 1_000_000)
# A screen draws when something has changed; here one read in this many draws, as drawing is slow.
_DRAWN = 50
# Of the trainer: texts of its splits, and the fractions of its run at which it is measured.
_TEXTS = {"train": 64, "validation": 16}
_PARTS = (0.01, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("long_life", __doc__)
    parser.add_argument(
        "--part", action="append", choices=("app", "days", "trainer"), help="only this part [all]"
    )
    parser.add_argument(
        "--evaluations", type=int, default=EVALUATIONS, help="evaluations of the trainer [10000]"
    )
    return parser.parse_args()


def figures(process: psutil.Process, **beside: int) -> Row:
    """The current memory and open files of a process."""
    return {**beside, "mib": process.memory_info().rss / 2**20, "open_files": process.num_fds()}


def watch(folder: Path, say: Callable[[str], None]) -> list[Row]:
    """Measure a real app in a terminal while a run of a million steps is written at full speed."""
    run, found = _empty_run(folder, "long"), list[Row]()
    with training(run, 0, EVENTS, 0.0, EVALUATIONS):
        terminal = attach(run)
        app = psutil.Process(terminal.process.pid)
        for mark in _MARKS:
            while read_outline(run).step < mark:
                time.sleep(0.05)
            terminal.wait_until(lambda text, mark=mark: _step_of(text) >= mark)  # type: ignore[misc]
            found.append(figures(app, steps=mark))
            say(f"{mark:,} steps: {found[-1]}")
        terminal.process.terminate()
        terminal.exit_code()
        began = time.monotonic()
        again = attach(run)
        again.wait_until(lambda text: _step_of(text) >= EVENTS)
        found[-1]["seconds_to_open"] = time.monotonic() - began
        again.process.terminate()
        again.exit_code()
    return found


def _step_of(text: str) -> int:
    _, _, after = text.partition("step ")
    number = after.partition("/")[0]
    return int(number) if number.isdecimal() else -1


async def follow(folder: Path, say: Callable[[str], None]) -> list[Row]:
    """Read a run as often as a screen does in three days, while a million steps arrive."""
    run, planned, found = _empty_run(folder, "days"), plan(EVENTS, EVALUATIONS), list[Row]()
    writer, follower, curves = EventWriter(run.events), RunFollower(run), RunCurves()
    writer.write(Launched(pid=1))
    writer.write(RunStarted(plan=planned, pid=1, host="", device_name=""))
    looks = int(DAYS * 86400 / TICK)
    events, process = training_events(planned, 1, EVENTS), psutil.Process()
    for look in range(1, looks + 1):
        _write(writer, islice(events, -(-EVENTS // looks)))
        await follower.catch_up()
        if look % _DRAWN == 0:
            curves = curves.following(follower.history)
            for frame in (loss_frame, metric_frame):
                draw(frame(follower.history, curves, ""), 74, 12)
        if look % (looks // 6) == 0:
            gc.collect()
            hours = round(look * TICK / 3600)
            found.append(figures(process, hours=hours, steps=follower.history.step))
            say(f"{hours} hours: {found[-1]}")
    return found


def _write(writer: EventWriter, events: Iterator[AnyEvent]) -> None:
    for event in events:
        writer.write(event)


def train(folder: Path, evaluations: int, say: Callable[[str], None]) -> list[Row]:
    """Measure a real trainer on a few short texts, with an evaluation and a checkpoint every 20 steps."""
    config = build_config(
        {
            "data": {name: str(_texts(folder / f"{name}.csv", count)) for name, count in _TEXTS.items()},
            "model": {"name": "cnn", "vocabulary": 300, "max_length": 16},
            "training": {"max_steps": EVENTS, "eval_steps": 20, "train_batch_size": 2, "device": "cpu"},
            "stopping": {"patience": EVENTS},
            "output": {"runs_dir": str(folder)},
        }
    )
    run = RunDirectory.create(folder, "tiny", unique=True)
    run.write_config(config.to_toml())
    process, found = launch(run), list[Row]()
    trainer = psutil.Process(process.pid)
    try:
        for part in _PARTS:
            while len((history := read_outline(run)).evaluations) < evaluations * part:
                if process.poll() is not None:
                    raise SystemExit(f"the trainer ended: {run.log.read_text()}")
                time.sleep(1)
            found.append(figures(trainer, steps=history.step, evaluations=len(history.evaluations)))
            say(str(found[-1]))
    finally:
        process.kill()
        process.wait()
    return found


def _texts(path: Path, count: int) -> Path:
    rows = (
        f"{'good' if number % 2 else 'bad'} film number {number},{number % 2}\n" for number in range(count)
    )
    path.write_text("text,label\n" + "".join(rows))
    return path


def _empty_run(folder: Path, name: str) -> RunDirectory:
    run = RunDirectory.create(folder, name, unique=True)
    run.write_config(build_config().to_toml())
    return run


def main() -> None:
    """Measure, print the table, and write the figures."""
    options = parse()
    report, parts = Report("long_life", options), options.part or ["app", "days", "trainer"]
    with tempfile.TemporaryDirectory(prefix="bertcls-long-life-") as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        if "app" in parts:
            report.keep(f"an app that watches {EVENTS:,} steps arrive", watch(folder, report.say))
        if "days" in parts:
            rows = asyncio.run(follow(folder, report.say))
            report.keep(f"{DAYS} days of following, with curves drawn", rows)
        if "trainer" in parts:
            rows = train(folder, options.evaluations, report.say)
            report.keep(f"a trainer, {options.evaluations:,} evaluations", rows)
    report.show()


if __name__ == "__main__":
    main()
