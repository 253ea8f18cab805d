"""The cost of size: seconds and memory for numbers of rows, events and labels.

Rows: checking, tokenizing, loading token ids from the cache, and a few training steps. Events: reading a
run and listing it. Labels: checking, and the metrics of an evaluation. Each in a fresh process.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from core.runs.directory import RunDirectory
from tests.benchmarks import documents
from tests.benchmarks.measuring import run
from tests.benchmarks.program import Workplace, speed_of, stage_seconds
from tests.benchmarks.report import Report, Row, options_of
from tests.benchmarks.synthetic_run import make_run

_VALIDATION_ROWS = 200
_ROWS_OF_LABELS = 50_000
_PREDICTIONS = 100_000

# Each program prints its seconds and its peak memory.
_READ = """
import os, sys, time
from pathlib import Path
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from tests.benchmarks.measuring import peak_mib
began = time.perf_counter()
read_history(RunDirectory.open(Path(sys.argv[1])))
print(time.perf_counter() - began, peak_mib(os.getpid()))
"""
_SCORE = """
import os, sys, time
import numpy as np
from core.evaluation.metrics import score
from tests.benchmarks.measuring import peak_mib
labels, rows = map(int, sys.argv[1:])
random = np.random.default_rng(0)
true, predicted = random.integers(labels, size=(2, rows))
began = time.perf_counter()
score(predicted, true)
print(time.perf_counter() - began, peak_mib(os.getpid()))
"""


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("scale", __doc__)
    parser.add_argument("--axis", choices=["rows", "events", "labels"], action="append", help="only this one")
    parser.add_argument("--rows", type=int, nargs="+", default=[25_000, 250_000, 2_500_000])
    parser.add_argument("--events", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--labels", type=int, nargs="+", default=[2, 100, 1000, 10_000])
    parser.add_argument(
        "--data", type=Path, default=documents.TRAINING_SAMPLE, help="data to repeat: CSV, .xz"
    )
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--steps", type=int, default=30, help="training steps")
    return parser.parse_args()


def rows(folder: Path, report: Report, options: argparse.Namespace) -> None:
    """Measure a data set repeated to each number of rows."""
    found: list[Row] = []
    for count in options.rows:
        report.say(f"{count:,} rows")
        workplace = Workplace(folder / f"rows-{count}")
        workplace.folder.mkdir()
        data = workplace.folder / "train.csv"
        documents.write(data, documents.repeat(documents.read(options.data), count))
        found.append({"rows": count, "mib": data.stat().st_size >> 20} | _check(workplace, data, options))
        for cache in ("cold", "cached"):
            found[-1] |= _train(workplace, data, cache, options)
        found[-1]["memory_ratio"] = found[-1]["train_cached_mib"] / found[0]["train_cached_mib"]
        report.keep(f"rows, {options.model}", found)
        data.unlink()


def _check(workplace: Workplace, data: Path, options: argparse.Namespace) -> Row:
    finished = workplace.program(
        "check", data, "--model", options.model, "--max-length", options.max_length, "--json"
    )
    return {"check_s": finished.seconds, "check_mib": finished.peak_mib}


def _train(workplace: Workplace, data: Path, cache: str, options: argparse.Namespace) -> Row:
    """Measure a short run; the second one finds its token ids in the cache."""
    lengths = (
        "--max-steps",
        options.steps,
        "--eval-steps",
        options.steps,
        "--max-length",
        options.max_length,
    )
    limit = ("--set", f"data.validation_limit={_VALIDATION_ROWS}")
    directory, finished = workplace.train(data, cache, "--model", options.model, *lengths, *limit)
    speed = speed_of(directory)
    return {
        f"read_{cache}_s": stage_seconds(directory, "reading data", "loading libraries"),
        f"tokens_{cache}_s": stage_seconds(directory, "loading tokenizer", "planning"),
        f"steps_{cache}_s": speed.documents / speed.steps,
        f"train_{cache}_mib": finished.peak_mib,
    }


def events(folder: Path, report: Report, options: argparse.Namespace) -> None:
    """Measure runs with each number of events."""
    found: list[Row] = []
    for count in options.events:
        report.say(f"{count:,} events")
        workplace = Workplace(folder / f"events-{count}")
        directory: RunDirectory = make_run(workplace.runs, "long", count, 2 * count)
        seconds, mib = _python(_READ, directory.path)
        listed = workplace.program("list", "--json")
        found.append(
            {
                "events": count,
                "mib": directory.events.stat().st_size >> 20,
                "read_s": seconds,
                "read_mib": mib,
                "list_s": listed.seconds,
            }
        )
        report.keep("events", found)


def labels(folder: Path, report: Report, options: argparse.Namespace) -> None:
    """Measure data with each number of labels."""
    found: list[Row] = []
    texts = [text for text, _ in documents.read(options.data)]
    for count in options.labels:
        report.say(f"{count:,} labels")
        workplace = Workplace(folder / f"labels-{count}")
        workplace.folder.mkdir()
        numbered = (
            (f"{texts[index % len(texts)]} {index}", f"label-{index % count}")
            for index in range(_ROWS_OF_LABELS)
        )
        data = documents.write(workplace.folder / "train.csv", numbered)
        seconds, mib = _python(_SCORE, count, _PREDICTIONS)
        found.append(
            {"labels": count, "rows": _ROWS_OF_LABELS}
            | _check(workplace, data, options)
            | {
                "predictions": _PREDICTIONS,
                "metrics_s": seconds,
                "metrics_mib": mib,
            }
        )
        report.keep("labels", found)


def _python(code: str, *arguments: object) -> tuple[float, int]:
    """Run code in a fresh process; return the seconds and MiB that it prints."""
    seconds, mib = run([sys.executable, "-c", code, *map(str, arguments)]).output.split()
    return float(seconds), int(mib)


def main() -> None:
    """Measure, print the table, and write the figures."""
    options = parse()
    report = Report("scale", options)
    axes = {"rows": rows, "events": events, "labels": labels}
    with tempfile.TemporaryDirectory(prefix="bertcls-benchmark-") as folder:
        for name in options.axis or axes:
            axes[name](Path(folder), report, options)
    report.show()


if __name__ == "__main__":
    main()
