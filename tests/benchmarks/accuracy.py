"""The price of speed: test accuracy of this program and of the plain Hugging Face Trainer, over some seeds.

Each seed draws another sample of the examples; all train on the same examples for as many
steps, at the same learning rate, without warm-up and weight decay, and are tested on the same examples.
`ours` is the default, without attention dropout; `with dropout` has the attention dropout of the model.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from core.models.catalog import resolve
from core.runs.history import read_history
from tests.benchmarks import documents
from tests.benchmarks.measuring import Failed, in_turn, run
from tests.benchmarks.program import Workplace
from tests.benchmarks.report import Report, Row, options_of
from tests.benchmarks.train_cpu import rival_command, rival_figures

_VALIDATION_ROWS = 64


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("accuracy", __doc__)
    parser.add_argument("--data", type=Path, default=documents.TRAINING_SAMPLE, help="CSV, also .xz")
    parser.add_argument("--test", type=Path, default=documents.TEST_SAMPLE, help="CSV, also .xz")
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--test-rows", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--without", choices=["notebook", "ours", "with dropout"], action="append", default=[]
    )
    parser.add_argument("--rival", type=Path, help="another script in place of tests/benchmarks/rival.py")
    return parser.parse_args()


class Trial:
    """One seed: its examples, and the accuracy of each contestant on the same test split."""

    def __init__(self, options: argparse.Namespace, folder: Path, seed: int) -> None:
        self._options = options
        self._workplace = Workplace(folder)
        self._seed = seed
        count = options.steps * options.batch
        found = documents.draw(documents.read(options.data), count + _VALIDATION_ROWS, seed=seed)
        known = {label for _, label in found[:count]}
        tested = documents.draw(documents.read(options.test), options.test_rows, seed=seed)
        self._train = documents.write(folder / "train.csv", found[:count])
        self._validation = documents.write(
            folder / "validation.csv", [each for each in found[count:] if each[1] in known]
        )
        self._test = documents.write(folder / "test.csv", [each for each in tested if each[1] in known])

    def ours(self, *settings: str) -> float:
        """Accuracy of `bertcls-tui train` on the test split after the last step."""
        options = self._options
        directory, _ = self._workplace.train(
            self._train,
            f"run-{len(settings)}",
            *("--model", options.model, "--validation", self._validation, "--test", self._test),
            *("--max-steps", options.steps, "--eval-steps", options.steps, "--seed", self._seed),
            *("--train-batch-size", options.batch, "--max-length", options.max_length),
            *("--learning-rate", options.learning_rate),
            *("--set", "training.warmup=0", "--set", "training.weight_decay=0"),
            *(part for setting in settings for part in ("--set", setting)),
        )
        tested = read_history(directory).test
        if tested is None:
            raise Failed(f"{directory.name} was not tested; its log is {directory.log}")
        return tested.accuracy

    def rival(self) -> float:
        """Accuracy of the plain Trainer on the test split."""
        options = self._options
        finished = run(
            [
                *rival_command(options.rival),
                *("--model", resolve(options.model).location, "--train", self._train, "--test", self._test),
                *("--steps", str(options.steps), "--batch", str(options.batch)),
                *("--max-length", str(options.max_length), "--test-rows", str(options.test_rows)),
                *("--learning-rate", str(options.learning_rate)),
            ]
        )
        return float(rival_figures(finished.output)["accuracy"])

    @property
    def tasks(self) -> dict[str, Callable[[], float]]:
        """The contestants, by name."""
        tasks: dict[str, Callable[[], float]] = {
            "notebook": self.rival,
            "ours": self.ours,
            "with dropout": lambda: self.ours("training.attention_dropout=model"),
        }
        return {name: task for name, task in tasks.items() if name not in self._options.without}


def rows_of(measured: dict[str, list[float]]) -> list[Row]:
    """A row for each contestant; differences are between runs of the same seed."""
    rows: list[Row] = []
    for name, found in measured.items():
        row: Row = {"who": name, "seeds": len(found), "accuracy": statistics.fmean(found)}
        row |= {"lowest": min(found), "highest": max(found)}
        pairs = list(zip(found, measured.get("notebook", []), strict=False))
        if name != "notebook" and pairs:
            row["points_above_notebook"] = 100 * statistics.fmean(mine - theirs for mine, theirs in pairs)
        rows.append(row)
    return rows


def main() -> None:
    """Measure, print the table, and write the figures."""
    options = parse()
    report = Report("accuracy", options)
    measured: dict[str, list[float]] = {}
    for seed in range(1, options.seeds + 1):
        with tempfile.TemporaryDirectory(prefix="bertcls-benchmark-") as folder:
            for name, accuracy in in_turn(Trial(options, Path(folder), seed).tasks, 1):
                measured.setdefault(name, []).append(accuracy)
                report.say(f"seed {seed}, {name}: {accuracy:.4f}")
                report.keep(f"test accuracy, {options.steps} steps, {options.data.name}", rows_of(measured))
    report.show()


if __name__ == "__main__":
    main()
