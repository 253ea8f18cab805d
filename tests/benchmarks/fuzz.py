"""Malformed input, far more than in the test suite: no traceback, no hang, at most 1 GiB of memory.

`python -m tests.benchmarks.fuzz` tries the whole corpus, large files included; then, for each reader of
outside bytes, `--tries` changed copies of valid input; then `--calls` calls of the command line on files of
the corpus. With `atheris` installed, `--guided SECONDS` searches inputs by coverage, for each reader.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Loaded here once, so that each trial does not load them itself.
import pyarrow.compute
import pyarrow.parquet  # noqa: F401

from tests.benchmarks.report import Report, Row, options_of
from tests.hostile.payloads import CELLS
from tests.hostile.running import run
from tests.hostile.targets import TARGETS, Target
from tests.hostile.trying import MOST_BYTES, MOST_SECONDS, Trial, attempt
from tests.terminal.pseudo_terminal import BERTCLS_TUI

# Inputs tried by one fork: most take less time than it. Fewer of those that start a process each.
_AT_ONCE, _SLOW_AT_ONCE = 50, 5


class Figures:
    """The table of results for each kind of input."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._rows: dict[str, Row] = {}

    def add(self, kind: str, name: str, trial: Trial, *, sentences: int = 0, loads: int = 0) -> None:
        """Add a trial: of one input, or of a batch with `sentences` and `loads` clean results."""
        row = self._rows.setdefault(
            kind,
            dict.fromkeys(("tried", "clean_errors", "loads", "tracebacks", "hangs", "killed"), 0)
            | {"slowest_s": 0.0, "largest_mib": 0},
        )
        row["clean_errors"] += sentences or (trial.outcome == "sentence")
        row["loads"] += loads or (trial.outcome == "loaded" and not sentences)
        row["tracebacks"] += trial.outcome == "traceback"
        row["hangs"] += trial.outcome == "hang"
        row["killed"] += trial.outcome == "killed" or trial.bytes > MOST_BYTES
        names = ("clean_errors", "loads", "tracebacks", "hangs", "killed")
        row["tried"] = sum(row[each] for each in names)
        row["slowest_s"] = max(row["slowest_s"], round(trial.seconds, 2))
        row["largest_mib"] = max(row["largest_mib"], trial.bytes >> 20)
        if not trial.is_clean:
            self._report.say(f"{kind}, {name}: {trial.outcome}, {trial.bytes >> 20} MiB: {trial.said}")
        self._report.keep("fuzz", [{"input": kind} | row for kind, row in self._rows.items()])

    @property
    def faults(self) -> int:
        """Number of inputs that neither loaded nor gave a clear error."""
        return sum(row[name] for row in self._rows.values() for name in ("tracebacks", "hangs", "killed"))


def written_corpus(folder: Path) -> list[Path]:
    """Write the corpus in another process, so that this one stays small; return its files."""
    command = [sys.executable, "-m", "tests.hostile.corpus", str(folder)]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [Path(path) for path in json.loads(listed)]


def changed(target: Target, tries: int, figures: Figures, folder: Path) -> None:
    """Try valid inputs of a reader with random changes, some with many."""
    loads_file = folder / "loads"
    at_once = _SLOW_AT_ONCE if target.is_slow else _AT_ONCE
    for start in range(0, tries, at_once):
        numbers = range(start, min(tries, start + at_once))

        def read(numbers: range = numbers) -> None:
            loads_file.write_text(str(sum(target.try_one(_input(target, number)) for number in numbers)))

        trial = attempt(read)
        loads = int(loads_file.read_text()) if trial.outcome == "loaded" else 0
        clean = len(numbers) - loads if trial.outcome == "loaded" else 0
        figures.add(target.name, f"inputs {numbers}", trial, sentences=clean, loads=loads)


def _input(target: Target, number: int) -> bytes:
    chance = random.Random(f"{target.name} {number}")
    data = chance.choice(target.seeds)
    for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
        data = target.change(data, chance)
    return data


def call(paths: list[Path], number: int) -> tuple[str, Trial]:
    """Call the command line on a file of the corpus, sometimes with a hostile option."""
    chance = random.Random(number)
    path = str(chance.choice(paths))
    odd = chance.choice([cell.replace("\0", "") for cell in CELLS.values()])
    arguments: list[str] = chance.choice(
        [
            ["check", path, "--model", "cnn"],
            ["check", path, "--model", "cnn", "--json"],
            ["check", path, "--text-column", odd],
            ["train", "--config", path, "--headless"],
            ["train", path, "--headless", "--model", path],
            ["train", path, "--headless", "--set", odd],
            ["predict", path, odd],
            ["evaluate", odd, path],
            ["report", path],
            ["list", "--runs-dir", path],
            ["attach", path, "--headless"],
            ["compare", path, odd],
        ]
    )
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        variables = os.environ | {"HF_HUB_OFFLINE": "1", "BERTCLS_RUNS_DIR": f"{folder}/runs"}
        process = subprocess.Popen(
            [BERTCLS_TUI.encode(), *(each.encode(errors="surrogatepass") for each in arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=variables,
            cwd=folder,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode(errors="replace")
    outcome = "loaded" if process.returncode == 0 else "sentence"
    if "Traceback" in said or process.returncode not in (0, 2):
        outcome = "traceback"
    # Loading the libraries alone takes seconds on a busy machine.
    if used.ru_utime + used.ru_stime > 2 * MOST_SECONDS:
        outcome = "hang"
    trial = Trial(outcome, said[-600:], time.monotonic() - began, used.ru_maxrss * 1024)  # type: ignore[arg-type]
    return f"{arguments} ended with {process.returncode}", trial


def guided(target: Target, seconds: int) -> int:
    """Search inputs by coverage with atheris, in a process of its own; return its exit code."""
    program = (
        "import atheris, sys\n"
        "with atheris.instrument_imports(include=['core']):\n"
        "    from tests.hostile.targets import TARGETS\n"
        f"atheris.Setup(sys.argv, TARGETS[{target.name!r}].try_one)\n"
        "atheris.Fuzz()\n"
    )
    limits = [f"-max_total_time={seconds}", f"-timeout={MOST_SECONDS:.0f}", "-rss_limit_mb=1024"]
    return subprocess.run([sys.executable, "-c", program, *limits], check=False).returncode


def main() -> int:
    """Try everything, print the table, and return 1 if any result was not clean."""
    parser = options_of("fuzz", __doc__)
    parser.add_argument("--tries", type=int, default=2000, help="changed inputs for each reader")
    parser.add_argument("--only", nargs="+", choices=TARGETS, help="only these readers, without the corpus")
    parser.add_argument("--calls", type=int, default=60, help="calls of the command line")
    parser.add_argument(
        "--guided", type=int, default=0, metavar="SECONDS", help="search with atheris, for each reader"
    )
    options: argparse.Namespace = parser.parse_args()
    report = Report("fuzz", options)
    figures = Figures(report)
    failed = []
    targets = [TARGETS[name] for name in options.only or TARGETS]
    with tempfile.TemporaryDirectory() as folder:
        paths = [] if options.only else written_corpus(Path(folder) / "corpus")
        for path, trial in run(paths):
            figures.add("corpus", path.name, trial)
        for target in targets:
            report.say(target.name)
            changed(target, options.tries, figures, Path(folder))
        for number in range(options.calls if paths else 0):
            figures.add("command line", *call(paths, number))
        if options.guided:
            failed = [target.name for target in targets if guided(target, options.guided)]
    report.show()
    report.say("".join(f"atheris found a fault in {name}\n" for name in failed))
    return 1 if figures.faults or failed else 0


if __name__ == "__main__":
    sys.exit(main())
