"""Training on the CPU: examples per second and memory, of this program and of the plain Hugging Face Trainer.

All of them fine-tune the same model on the same examples, truncated at the same length, in turn, each
in a fresh process. The rival's seconds are those of `trainer.train()`; ours are those of the steps, and those
from the accepted plan to the last step ("wall").
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.models.catalog import resolve
from tests.benchmarks import documents
from tests.benchmarks.measuring import in_turn, median, run
from tests.benchmarks.program import Workplace, as_arguments, speed_of
from tests.benchmarks.report import Report, Row, options_of

_VALIDATION_ROWS = 32
_TEST_ROWS = 8  # of the rival, which predicts after training

Figures = dict[str, float | None]


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("train_cpu", __doc__)
    parser.add_argument("--data", type=Path, default=documents.TRAINING_SAMPLE, help="CSV, also .xz")
    parser.add_argument("--model", default="minilm")
    parser.add_argument(
        "--steps", type=int, default=32, help="steps of the notebook; all get as many examples"
    )
    parser.add_argument("--batch", type=int, default=8, help="examples in a step of ours and the notebook")
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rival", type=Path, help="another script in place of tests/benchmarks/rival.py")
    parser.add_argument(
        "--tuned-batch",
        type=int,
        default=64,
        help="batch size of the tuned rival; reduce it if memory is short",
    )
    parser.add_argument("--without", choices=["notebook", "tuned"], action="append", default=[])
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="a setting of our run"
    )
    return parser.parse_args()


class Contest:
    """The same training by different programs, on the same sample of the data."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options = options
        self._workplace = Workplace(folder)
        self._runs = 0
        count = options.steps * options.batch
        found = documents.draw(documents.read(options.data), count + _VALIDATION_ROWS, seed=1)
        self._train = documents.write(folder / "train.csv", found[:count])
        known = {label for _, label in found[:count]}
        held_out = [document for document in found[count:] if document[1] in known]
        self._validation = documents.write(folder / "validation.csv", held_out)
        self.documents = count

    def ours(self) -> Figures:
        """Train with `bertcls-tui train`, with an evaluation and a checkpoint at the end."""
        options = self._options
        self._runs += 1
        lengths = (
            "--max-steps",
            options.steps,
            "--eval-steps",
            options.steps,
            "--max-length",
            options.max_length,
        )
        directory, finished = self._workplace.train(
            self._train,
            f"run-{self._runs}",
            *("--model", options.model, "--validation", self._validation, "--device", "cpu", *lengths),
            *("--train-batch-size", options.batch, *as_arguments(options.set)),
        )
        speed = speed_of(directory)
        return {
            "documents_per_second": speed.steps,
            "wall_documents_per_second": speed.wall,
            "peak_mib": finished.peak_mib,
            "seconds": finished.seconds,
        }

    def rival(self, *, tuned: bool) -> Figures:
        """Train with the plain Trainer."""
        options = self._options
        batch = options.tuned_batch if tuned else options.batch
        finished = run(
            [
                *rival_command(options.rival),
                *(
                    "--model",
                    resolve(options.model).location,
                    "--train",
                    self._train,
                    "--test",
                    self._validation,
                ),
                *("--steps", str(max(1, self.documents // batch)), "--batch", str(batch)),
                *("--max-length", str(options.max_length), "--test-rows", str(_TEST_ROWS), "--device", "cpu"),
                *(["--tuned"] if tuned else []),
            ]
        )
        rate = rival_figures(finished.output)["train_documents_per_second"]
        return {
            "documents_per_second": rate,
            "wall_documents_per_second": rate,
            "peak_mib": finished.peak_mib,
            "seconds": finished.seconds,
        }

    @property
    def tasks(self) -> dict[str, Callable[[], Figures]]:
        """The contestants, by name."""
        tasks: dict[str, Callable[[], Figures]] = {
            "notebook": lambda: self.rival(tuned=False),
            "ours": self.ours,
            "tuned": lambda: self.rival(tuned=True),
        }
        return {name: task for name, task in tasks.items() if name not in self._options.without}


def rival_command(script: Path | None) -> list[str | Path]:
    """The command of the rival."""
    return [sys.executable, script] if script else [sys.executable, "-m", "tests.benchmarks.rival"]


def rival_figures(output: str) -> dict[str, Any]:
    """Parse the last line of a rival's output, which is JSON."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def rows_of(measured: dict[str, list[Figures]]) -> list[Row]:
    """A row for each contestant: medians, and the speed-up of ours."""
    medians = {
        name: {key: median([each[key] for each in found]) for key in found[0]}
        for name, found in measured.items()
    }
    ours = medians.get("ours", {})
    rows: list[Row] = []
    for name, figures in medians.items():
        rates = [each["documents_per_second"] or 0.0 for each in measured[name]]
        row: Row = {"who": name, **figures, "slowest": min(rates), "quickest": max(rates)}
        for key in ("documents_per_second", "wall_documents_per_second"):
            mine, theirs = ours.get(key), figures.get(key)
            label = "ours_is_quicker" if key == "documents_per_second" else "ours_by_wall"
            row[label] = mine / theirs if mine and theirs and name != "ours" else None
        rows.append(row)
    return rows


def main() -> None:
    """Measure, print the table, and write the figures."""
    options = parse()
    report = Report("train_cpu", options)
    measured: dict[str, list[Figures]] = {}
    with tempfile.TemporaryDirectory(prefix="bertcls-benchmark-") as folder:
        contest = Contest(options, Path(folder))
        for name, figures in in_turn(contest.tasks, options.repeats):
            measured.setdefault(name, []).append(figures)
            report.say(f"{name}: {figures['documents_per_second']:.2f} documents a second")
            title = f"training, {contest.documents} documents of {options.data.name}, {options.model}"
            report.keep(title, rows_of(measured))
    report.show()


if __name__ == "__main__":
    main()
