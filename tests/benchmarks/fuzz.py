"""Malformed input, far more of it than the suite tries: no traceback, no hang, no more than 1 GiB.

`python -m tests.benchmarks.fuzz` tries the whole corpus, also what is large, then files, columns, events,
commands, configurations and calls of the command line that are made at random, `--tries` of each.
Where `atheris` is installed, `--guided SECONDS` lets it look for inputs that reach further, by coverage.
"""

import random
import subprocess
import sys
import tempfile
from pathlib import Path

# So that trials do not load them one by one.
import pyarrow.compute
import pyarrow.parquet  # noqa: F401

import core.data.report
import core.data.splits
import core.data.texts  # noqa: F401
from tests.benchmarks.report import Report, Row
from tests.hostile.corpus import mutated
from tests.hostile.files import CONTENT
from tests.hostile.trying import Trial, read_as_data

_OUTCOMES = ("sentence", "loaded", "traceback", "hang", "killed")
# So many inputs are tried by one copy of this process: most of them take less time than the copying.
_AT_ONCE = 200
_VERBS = ("train", "check", "predict", "evaluate", "attach", "list", "resume", "stop", "compare", "report")


class Table:
    """A row of figures for each kind of input."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._rows: list[Row] = []

    def add(self, what: str, trials: list[Trial], each: int = 1) -> None:
        """Take in the trials of a kind, each of so many inputs."""
        counts = {name: sum(trial.outcome == name for trial in trials) for name in _OUTCOMES}
        self._rows.append(
            {
                "input": what,
                "tried": len(trials) * each,
                "clean_errors": counts["sentence"],
                "loads": counts["loaded"] * each,
                "tracebacks": counts["traceback"],
                "hangs": counts["hang"],
                "killed": counts["killed"],
                "slowest_s": max(trial.seconds for trial in trials),
                "largest_mib": max(trial.bytes for trial in trials) // (1 << 20),
            }
        )
        self._report.keep("fuzz", self._rows)

    @property
    def faults(self) -> int:
        """Inputs of which something else came than a sentence or a load."""
        return sum(int(row[name]) for row in self._rows for name in ("tracebacks", "hangs", "killed"))


def corpus(report: Report) -> list[Trial]:
    """The files of the corpus, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        paths = subprocess.run(
            [sys.executable, "-m", "tests.hostile.corpus", folder + "/all"], check=True, capture_output=True
        ).stdout
        report.say(paths.decode().strip())
        return list(_tried(report, _listed(Path(folder) / "all"), read_as_data))


def made_files(report: Report, tries: int) -> list[Trial]:
    """Good files of every format with random changes."""
    trials = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(tries):
            chance = random.Random(number)
            ending = chance.choice(list(CONTENT))
            path = Path(folder) / f"made{ending}"
            path.write_bytes(mutated(CONTENT[ending], chance))
            trials += _tried(report, [path], read_as_data)
    return trials
