"""Repeated faults of machines: killed trainers, full disks, terminated trainers and apps.

A run on the sample data is killed and resumed until it ends, and compared with an undisturbed one: the
weights must be the same to the last bit, and no event that was read before may be missing or duplicated.
"""

import argparse
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from core.experiments.listing import is_busy
from core.files import lock
from core.runs.directory import RunDirectory
from core.runs.events import Launched, Step
from core.runs.history import read_history
from core.runs.launch import launch
from core.runs.listing import summarize
from tests.benchmarks.faults import Fault, Result, new_run, result_of
from tests.benchmarks.report import Report, Row, options_of
from tests.benchmarks.torture_disk import Disks
from tests.benchmarks.torture_signals import Endings, torture_apps
from tests.killing import Kill, Trainers, Witness, events_in_order, kill_when_due, random_kills

_POLL_SECONDS = 0.005
_NOTICED_SECONDS = 60.0


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("torture", __doc__)
    parser.add_argument("--kills", type=int, default=200, help="kills of trainers at random moments")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random moments")
    parser.add_argument("--disks", type=int, default=5, help="full disks for each writer")
    parser.add_argument(
        "--part",
        action="append",
        choices=("kill", "operation", "disk", "term", "app"),
        help="only this part [all]",
    )
    parser.add_argument("--ends", type=int, default=30, help="trainers that get SIGTERM")
    parser.add_argument("--apps", type=int, default=10, help="apps for each kind of fault")
    return parser.parse_args()


@dataclass
class Killing:
    """Kills and resumes runs until they end, and checks them.

    Args:
        folder: of the runs.
        whole: the result of an undisturbed run.
        train: runs a trainer until it ends or the given kill; returns its exit code.
        say: reports progress.
        keep: called with the rows so far, after each run.
    """

    folder: Path
    whole: Result
    train: Callable[[RunDirectory, Kill | None, bool], int]
    say: Callable[[str], None]
    keep: Callable[[list[Row]], None]
    faults: dict[str, Fault] = field(default_factory=dict)
    is_whole: bool = True
    """Whether all runs ended with the result of an undisturbed run."""

    def kill(self, kills: Iterator[Kill | None], count: int) -> None:
        """Kill `count` times, in as many runs as needed; the kill None lets a trainer end."""
        killed = 0
        for number in itertools.count(1):
            run = new_run(self.folder, f"run-{number}")
            witness, story, code = Witness(run), list[Fault](), -1
            while code < 0:
                kill = next(kills) if killed < count else None
                began = time.time()
                code = self.train(run, kill, bool(story))
                if story:
                    self._time(run, story[-1], began)
                if code < 0:
                    assert kill is not None
                    story.append(self._fault(run, kill, began))
                    killed += 1
                    self._check(run, witness, story[-1])
            self._compare(run, code, story)
            self.keep(self.rows)
            self.say(f"{killed} kills, {number} runs")
            if killed >= count:
                return

    def _fault(self, run: RunDirectory, kill: Kill, began: float) -> Fault:
        """The row of a kill; kills before the first event of the trainer have their own row."""
        launched = [event.time for event in events_in_order(run) if isinstance(event, Launched)]
        kind = kill.kind if launched and launched[-1] > began else "before its first event"
        return self.faults.setdefault(kind, Fault(kind))

    def _time(self, run: RunDirectory, fault: Fault, began: float) -> None:
        """Record the seconds from the resume at `began` to the first new step."""
        steps = (event.time for event in events_in_order(run) if isinstance(event, Step))
        if new := next((moment for moment in steps if moment > began), None):
            fault.resumed.append(new - began)

    def _check(self, run: RunDirectory, witness: Witness, fault: Fault) -> None:
        """Check the run just after a kill."""
        killed_at = time.monotonic()
        while is_busy(summarize(run).state) and time.monotonic() - killed_at < _NOTICED_SECONDS:
            time.sleep(_POLL_SECONDS)
        fault.noticed.append(time.monotonic() - killed_at)
        fault.tried += 1
        lock.wait_until_free(run.writer_lock, _NOTICED_SECONDS)
        try:
            witness.look()
        except AssertionError as error:
            fault.lost += 1
            self.say(f"{run.name}: {error}")
        fault.again.append(max(0, read_history(run).step - witness.checkpoint))

    def _compare(self, run: RunDirectory, code: int, story: list[Fault]) -> None:
        """Compare a finished run with the undisturbed one."""
        try:
            is_same = code == 0 and result_of(run) == self.whole
        except (AssertionError, OSError) as error:
            is_same = False
            self.say(f"{run.name}: {error}")
        if not is_same:
            self.is_whole = False
            kinds = [fault.kind for fault in story]
            self.say(f"{run.path} ended with {code} and differs from the undisturbed run: {kinds}")
        for fault in story:
            fault.survived += is_same

    @property
    def rows(self) -> list[Row]:
        """A row for each kind of kill."""
        return [fault.row for fault in self.faults.values() if fault.tried]


def train_for_real(run: RunDirectory, kill: Kill | None, resume: bool) -> int:
    """Run a trainer as a user starts it; return its exit code."""
    process = launch(run, resume=resume)
    if kill is not None:
        kill_when_due(run, process.pid, kill)
    return process.wait()


def main() -> None:
    """Run all parts and print the tables. If a run did not survive, keep its folder and exit with 1."""
    options = parse()
    report, folder = Report("torture", options), Path(tempfile.mkdtemp(prefix="bertcls-torture-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    with Trainers() as trainers:
        survived = torture(report, folder, trainers, options)
    report.show()
    if not survived:
        sys.exit(f"the runs that did not survive are in {folder}")
    shutil.rmtree(folder)


def torture(report: Report, folder: Path, trainers: Trainers, options: argparse.Namespace) -> bool:
    """Run the selected parts; return whether all runs survived."""
    parts = options.part or ["kill", "operation", "disk", "term", "app"]
    began = time.monotonic()
    whole = new_run(folder, "whole")
    if train_for_real(whole, None, False):
        sys.exit(f"the undisturbed run failed; see {whole.log}")
    seconds, result, survived = time.monotonic() - began, result_of(whole), True
    if "kill" in parts:
        keep = partial(
            report.keep, f"SIGKILL at random moments and while files are written, seed {options.seed}"
        )
        killing = Killing(folder / "killed", result, train_for_real, report.say, keep)
        killing.kill(random_kills(options.seed, seconds, training_seconds(whole)), options.kills)
        survived &= killing.is_whole
    if "operation" in parts:
        _, operations = trainers.train(new_run(folder, "counted"))
        keep = partial(
            report.keep, "SIGKILL before each operation on a file, and in the middle of each write"
        )
        killing = Killing(folder / "at-operations", result, partial(train_forked, trainers), report.say, keep)
        # Each kill has its own run, which is then resumed to its end.
        each = ((Kill(die_at=number), None) for number in range(1, operations + 1))
        killing.kill(itertools.chain.from_iterable(each), operations)
        survived &= killing.is_whole
    if "term" in parts:
        endings = Endings(folder / "ended", result, seconds, options.seed, report.say)
        endings.terminate(options.ends)
        report.keep("SIGTERM to trainers; seconds to notice are those to the end", [endings.fault.row])
        survived &= endings.fault.survived == endings.fault.tried
    if "app" in parts:
        faults = torture_apps(folder / "apps", options.apps, report.say)
        report.keep("faults of apps that watch a run", [fault.row for fault in faults])
        survived &= all(fault.survived == fault.tried for fault in faults)
    if "disk" in parts:
        faults = Disks(folder / "disks", trainers, whole, report.say).torture(options.disks)
        report.keep("a full disk, by the file that did not fit", [fault.row for fault in faults])
        survived &= all(fault.survived == fault.tried for fault in faults)
    return survived


def training_seconds(run: RunDirectory) -> float:
    """Seconds from the first step of a run to its end."""
    events = events_in_order(run)
    return events[-1].time - next(event.time for event in events if isinstance(event, Step))


def train_forked(trainers: Trainers, run: RunDirectory, kill: Kill | None, resume: bool) -> int:
    """Run a trainer forked from a process that has loaded the libraries; return its exit code."""
    return trainers.train(run, kill, resume=resume)[0]


if __name__ == "__main__":
    main()
