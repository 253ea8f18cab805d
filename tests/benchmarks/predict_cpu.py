"""Prediction on the CPU: a file against the plain pipeline, and single texts in the engine service.

The file: `bertcls-tui predict --file` against `pipeline("text-classification", batch_size=8)`, both from
text, in turn, each in a fresh process. Ours reads and writes the file within its seconds; "wall" is the whole
command, libraries included. Single texts: requested as the panel does, of a warm service, idle and while a
run trains.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.models.catalog import resolve
from core.runs.checkpoints import complete
from core.runs.commands import post
from core.runs.directory import RunDirectory
from tests.benchmarks import documents
from tests.benchmarks.measuring import in_turn, median, percentile, run
from tests.benchmarks.program import Service, Workplace
from tests.benchmarks.report import Report, Row, options_of
from tests.benchmarks.train_cpu import Figures, rival_command, rival_figures

_WORDS = ("the", "plot", "was", "thin", "but", "i", "loved", "every", "minute", "of", "it", "and", "more")
# About thirty tokens with the two special ones.
_WORDS_OF_A_TEXT = 28
_TRAINING_ROWS = 64
_ENDLESS = 1_000_000
_POLL_SECONDS = 0.2


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("predict_cpu", __doc__)
    parser.add_argument(
        "--data", type=Path, default=documents.TEST_SAMPLE, help="texts to classify: CSV, also .xz"
    )
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--rows", type=int, default=400, help="documents in the file")
    parser.add_argument("--requests", type=int, default=200, help="single texts")
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rival", type=Path, help="another script in place of tests/benchmarks/rival.py")
    parser.add_argument("--part", choices=["file", "single"], action="append", help="only this one")
    return parser.parse_args()


class Contest:
    """A run with a checkpoint, a file, and the programs that classify it."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options = options
        self.workplace = Workplace(folder)
        found = documents.draw(documents.read(options.data), max(options.rows, _TRAINING_ROWS), seed=1)
        self.train = documents.write(folder / "train.csv", documents.with_all_labels(found, _TRAINING_ROWS))
        self._file = documents.write(folder / "test.csv", found[: options.rows])
        self.settings = ("--model", options.model, "--device", "cpu", "--max-length", options.max_length)
        # Only its checkpoint is needed, so a short run will do.
        few = ("--validation", self.train, "--max-steps", 2)
        self.run, _ = self.workplace.train(self.train, "run", *self.settings, *few)

    def ours(self) -> Figures:
        """Classify the file with `bertcls-tui predict --file`."""
        output = self._file.with_name("predicted.csv")
        finished = self.workplace.program(
            "predict", self.run.path, "--file", self._file, "--output", output, "--device", "cpu", "--json"
        )
        output.unlink()
        found = json.loads(finished.output)
        return {
            "documents_per_second": found["rows"] / found["seconds"],
            "wall_documents_per_second": found["rows"] / finished.seconds,
            "peak_mib": finished.peak_mib,
        }

    def rival(self) -> Figures:
        """Classify the file with the plain pipeline, after one step of training."""
        options = self._options
        finished = run(
            [
                *rival_command(options.rival),
                *("--model", resolve(options.model).location, "--train", self.train, "--test", self._file),
                *("--steps", "1", "--max-length", str(options.max_length), "--test-rows", str(options.rows)),
                *("--device", "cpu"),
            ]
        )
        rate = rival_figures(finished.output)["predict_documents_per_second"]
        return {
            "documents_per_second": rate,
            "wall_documents_per_second": None,
            "peak_mib": finished.peak_mib,
        }


def compare_files(contest: Contest, report: Report, options: argparse.Namespace) -> None:
    """Classify a file with both programs."""
    tasks: dict[str, Callable[[], Figures]] = {"pipeline": contest.rival, "ours": contest.ours}
    measured: dict[str, list[Figures]] = {name: [] for name in tasks}
    for name, figures in in_turn(tasks, options.repeats):
        measured[name].append(figures)
        report.say(f"{name}: {figures['documents_per_second']:.1f} documents a second")
    rows: list[Row] = []
    for name, found in measured.items():
        row: Row = {"who": name} | {key: median([each[key] for each in found]) for key in found[0]}
        rates = [each["documents_per_second"] or 0.0 for each in found]
        rows.append(row | {"slowest": min(rates), "quickest": max(rates)})
    rows[1]["ours_is_quicker"] = rows[1]["documents_per_second"] / rows[0]["documents_per_second"]
    report.keep(f"predict --file, {options.rows} documents of {options.data.name}, {options.model}", rows)


def ask_singly(contest: Contest, report: Report, options: argparse.Namespace) -> None:
    """Classify single texts, idle and during training."""
    title = f"one text, {options.model}, milliseconds from request to reply"
    rows = [_latency("idle", contest.run, contest.workplace, options.requests)]
    report.keep(title, rows)
    endless = ("--validation", contest.train, "--max-steps", _ENDLESS, "--eval-steps", _ENDLESS)
    with contest.workplace.training(contest.train, "endless", *contest.settings, *endless) as directory:
        post(directory.commands, "checkpoint")
        while not complete(directory):
            time.sleep(_POLL_SECONDS)
        rows.append(_latency("while it trains", directory, contest.workplace, options.requests))
    report.keep(title, rows)


def _latency(when: str, directory: RunDirectory, workplace: Workplace, requests: int) -> Row:
    """Latencies of a service that is warm."""
    service = Service(workplace.environment)
    try:
        _ask(service, directory, 0)
        found = [_ask(service, directory, number) for number in range(1, requests + 1)]
    finally:
        service.close()
    milliseconds = [each[0] for each in found]
    return {
        "when": when,
        "requests": requests,
        "tokens": found[0][1],
        "p50": percentile(milliseconds, 0.5),
        "p95": percentile(milliseconds, 0.95),
        "p99": percentile(milliseconds, 0.99),
        "longest": max(milliseconds),
    }


def _ask(service: Service, directory: RunDirectory, number: int) -> tuple[float, int]:
    """Milliseconds and tokens of one request; consecutive texts differ."""
    words = [_WORDS[(number + index) % len(_WORDS)] for index in range(_WORDS_OF_A_TEXT)]
    began = time.perf_counter()
    found = service.ask(
        "predict", run=str(directory.path), texts=[" ".join(words)], which="best", device="cpu"
    )
    return (time.perf_counter() - began) * 1000, found["items"][0]["tokens"]


def main() -> None:
    """Measure, print the table, and write the figures."""
    options = parse()
    report = Report("predict_cpu", options)
    parts = {"file": compare_files, "single": ask_singly}
    with tempfile.TemporaryDirectory(prefix="bertcls-benchmark-") as folder:
        contest = Contest(options, Path(folder))
        for name in options.part or parts:
            parts[name](contest, report, options)
    report.show()


if __name__ == "__main__":
    main()
