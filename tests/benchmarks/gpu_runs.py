"""Runs on the GPU: learning, and the speed of training and prediction, each against the rival."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import build_config
from core.runs.directory import RunDirectory
from core.runs.events import Evaluation, Step, Warned
from core.runs.launch import child_environment
from tests.benchmarks import documents
from tests.benchmarks.gpu_setting import (
    PEAK_FLOPS,
    SMALL,
    TINY,
    Lengths,
    Setting,
    make_documents,
    operations,
)
from tests.benchmarks.measuring import Failed, Finished, PeakMemory, in_turn, median, run
from tests.benchmarks.program import Service, events_of, speed_of, trainer_command
from tests.benchmarks.report import Report, Row
from tests.benchmarks.train_cpu import Figures, rival_command, rival_figures

_NOTEBOOK_BATCH, _TUNED_BATCH = 8, 64
# Largest difference of the final losses, packed against padded, and the accuracy that both must reach.
_LOSS_APART, _LEARNT = 0.05, 0.9
_LEARNING_DOCUMENTS, _LEARNING_BATCH, _LEARNING_RATE = 9600, 32, 3e-4


@dataclass(frozen=True)
class Work:
    """A training task for several programs."""

    model: Path
    train: Path
    test: Path
    count: int
    max_length: int
    learning_rate: float = 3e-5


class Runs:
    """Trains with our trainer and with the rival, in fresh processes."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._runs_dir = setting.folder / "runs"

    def ours(
        self, work: Work, batch: int, *, padded: bool = False, compiled: bool = False
    ) -> tuple[RunDirectory, Finished]:
        """Train with this program; without a GPU in fp32."""
        smoke = self._setting.is_smoke
        steps = max(1, work.count // batch)
        config = build_config(
            {
                "data": {"train": str(work.train), "validation": str(work.test)},
                "model": {"name": str(work.model), "max_length": work.max_length},
                "training": {
                    "max_steps": steps,
                    "eval_steps": steps,
                    "train_batch_size": batch,
                    "learning_rate": work.learning_rate,
                    "compile": "on" if compiled else "off",
                    "precision": "fp32" if smoke else "bf16",
                    "device": "cpu" if smoke else "cuda",
                },
            }
        )
        directory = RunDirectory.create(self._runs_dir, "run", unique=False)
        directory.write_config(config.to_toml())
        finished = run(trainer_command(directory, padded=padded), child_environment())
        if speed_of(directory).packed == padded:
            raise Failed(
                f"texts were to be {'padded' if padded else 'packed'}, and were not: {_warnings(directory)}"
            )
        return directory, finished

    def rival(
        self, work: Work, batch: int, *flags: str, test_rows: int = 8
    ) -> tuple[dict[str, Any], Finished]:
        """Train with the plain Trainer, and predict `test_rows` texts with the plain pipeline."""
        finished = run(
            [
                *rival_command(self._setting.options.rival),
                *("--model", work.model, "--train", work.train, "--test", work.test),
                *("--steps", str(max(1, work.count // batch)), "--batch", str(batch), *flags),
                *("--max-length", str(work.max_length), "--test-rows", str(test_rows)),
                *("--learning-rate", str(work.learning_rate), "--device", self._setting.device.type),
            ]
        )
        return rival_figures(finished.output), finished


def _warnings(directory: RunDirectory) -> str:
    return " ".join(event.message for event in events_of(directory) if isinstance(event, Warned))


def _work(setting: Setting, name: str, count: int, test_rows: int) -> Work:
    """The training task whose speed is measured."""
    model = setting.model("model", setting.shape)
    train = documents.write(setting.folder / f"{name}-train.csv", setting.documents(count, seed=1))
    test = documents.write(setting.folder / f"{name}-test.csv", setting.documents(test_rows, seed=2))
    return Work(model, train, test, count, setting.max_length)


def learning(setting: Setting, report: Report) -> None:
    """Train a learnable task packed and padded, without attention dropout, and with the rival, which has it.

    Raises:
        Failed: packed and padded training reach different losses, or do not learn.
    """
    shape = TINY if setting.is_smoke else SMALL
    count = 2 * _LEARNING_BATCH if setting.is_smoke else _LEARNING_DOCUMENTS
    made = make_documents(count + 1000, 5, words=shape.words, median=40, signal=0.1)
    train = documents.write(setting.folder / "learning-train.csv", made[:count])
    test = documents.write(setting.folder / "learning-test.csv", made[count:])
    work = Work(setting.model("small", shape), train, test, count, 128, _LEARNING_RATE)
    runs, rows = Runs(setting), []
    for name, padded in (("packed", False), ("padded", True)):
        directory, _ = runs.ours(work, _LEARNING_BATCH, padded=padded)
        rows.append({"who": name} | _learning_figures(directory))
    figures, _ = runs.rival(work, _LEARNING_BATCH, test_rows=1000)
    rows.append({"who": "rival, fp32, attention dropout 0.1", "accuracy": figures["accuracy"]})
    report.keep(f"learning: {count} documents of random words in batches of {_LEARNING_BATCH}", rows)
    packed, padded_row = rows[0], rows[1]
    apart = abs(packed["last_losses"] - padded_row["last_losses"])
    accuracy = min(packed["accuracy"], padded_row["accuracy"])
    if not apart <= _LOSS_APART or (accuracy < _LEARNT and not setting.is_smoke):
        raise Failed(f"learning: losses are {apart:.3f} apart, the lower accuracy is {accuracy:.3f}")


def _learning_figures(directory: RunDirectory) -> Row:
    events = events_of(directory)
    losses = [event.loss for event in events if isinstance(event, Step) and event.loss is not None]
    evaluation = [event for event in events if isinstance(event, Evaluation)][-1]
    part = max(1, len(losses) // 15)
    return {
        "accuracy": evaluation.accuracy,
        "first_losses": statistics.mean(losses[:part]),
        "last_losses": statistics.mean(losses[-part:]),
    }


def train(setting: Setting, report: Report) -> None:
    """Measure examples per second, utilisation and memory of training in each mode and by the rival."""
    count = 2 * _TUNED_BATCH if setting.is_smoke else setting.options.documents
    work = _work(setting, "train", count, test_rows=64)
    lengths = setting.lengths(work.model, documents.read(work.train))
    runs = Runs(setting)

    def ours(batch: int, **how: bool) -> Callable[[], Figures]:
        return lambda: _our_figures(*runs.ours(work, batch, **how))

    def rival(batch: int, *flags: str) -> Callable[[], Figures]:
        return lambda: _rival_figures(*runs.rival(work, batch, *flags))

    modes = {
        "notebook: fp32, batch 8": rival(_NOTEBOOK_BATCH),
        "packed, batch 8": ours(_NOTEBOOK_BATCH),
        "packed, compiled, batch 8": ours(_NOTEBOOK_BATCH, compiled=True),
        "tuned: bf16, batch 64, by length": rival(_TUNED_BATCH, "--tuned"),
        "tuned, cuDNN, no attention dropout": rival(_TUNED_BATCH, "--tuned", "--cudnn"),
        "packed, batch 64": ours(_TUNED_BATCH),
        "packed, compiled, batch 64": ours(_TUNED_BATCH, compiled=True),
        "padded, batch 64": ours(_TUNED_BATCH, padded=True),
    }
    chosen = setting.options.mode
    modes = {name: task for name, task in modes.items() if not chosen or any(part in name for part in chosen)}
    title = f"train: {count} documents, {_described(lengths)}"
    measured: dict[str, list[Figures]] = {}
    for name, figures in in_turn(modes, setting.options.repeats):
        measured.setdefault(name, []).append(figures)
        report.say(f"{name}: {figures['steady_documents_per_second'] or 0:.1f} documents a second")
        report.keep(title, [_training_row(setting, each, found, lengths) for each, found in measured.items()])


def _our_figures(directory: RunDirectory, finished: Finished) -> Figures:
    speed = speed_of(directory)
    return {
        "steady_documents_per_second": speed.steady,
        "wall_documents_per_second": speed.wall,
        "gpu_mib": finished.gpu_mib,
        "padding": speed.padding,
    }


def _rival_figures(figures: dict[str, Any], finished: Finished) -> Figures:
    whole = figures["train_documents_per_second"]
    return {
        "steady_documents_per_second": figures.get("steady_documents_per_second", whole),
        "wall_documents_per_second": whole,
        "gpu_mib": finished.gpu_mib,
        "padding": None,
    }


def _training_row(setting: Setting, name: str, found: list[Figures], lengths: Lengths) -> Row:
    """Medians of one mode, and the share of the GPU's peak arithmetic used for operations of the model."""
    row: Row = {"how": name} | {key: median([each[key] for each in found]) for key in found[0]}
    for key, narrowed in (("utilisation", False), ("utilisation_narrowed", "packed" in name)):
        # The backward pass takes twice the operations of the forward pass.
        each = 3 * operations(setting.shape, lengths, narrowed=narrowed)
        row[key] = row["steady_documents_per_second"] * each / PEAK_FLOPS
    return row


def predict(setting: Setting, report: Report) -> None:
    """Measure texts per second of prediction, by the engine service and by the pipeline."""
    rows = 32 if setting.is_smoke else setting.options.predict_documents
    work = _work(setting, "predict", 2 * _NOTEBOOK_BATCH, rows)
    runs = Runs(setting)
    few = documents.write(setting.folder / "few.csv", documents.read(work.test)[:16])
    directory, _ = runs.ours(Work(work.model, work.train, few, work.count, work.max_length), _NOTEBOOK_BATCH)
    lengths = setting.lengths(work.model, documents.read(work.test))

    def pipeline() -> Figures:
        figures, finished = runs.rival(work, _NOTEBOOK_BATCH, test_rows=rows)
        return {"documents_per_second": figures["predict_documents_per_second"], "gpu_mib": finished.gpu_mib}

    tasks = {"pipeline: fp32, batch 8": pipeline, "packed": lambda: _classify(setting, directory, work.test)}
    measured: dict[str, list[Figures]] = {}
    for name, figures in in_turn(tasks, setting.options.repeats):
        measured.setdefault(name, []).append(figures)
        report.say(f"{name}: {figures['documents_per_second']:.1f} documents a second")
    found = [
        {"how": name} | {key: median([figures.get(key) for figures in each]) for key in each[0]}
        for name, each in measured.items()
    ]
    report.keep(f"predict from text: {rows} documents, {_described(lengths)}", found)


def _classify(setting: Setting, directory: RunDirectory, file: Path) -> Figures:
    """Classify a file with a fresh engine service, and again when it is warm."""
    service = Service({})
    asked = {"run": str(directory.path), "file": str(file), "which": "best", "device": setting.device.type}
    outputs = [file.with_name(f"predicted-{number}.csv") for number in range(2)]
    try:
        with PeakMemory(service.process.pid) as peak:
            first, second = (service.ask("predict_file", output=str(path), **asked) for path in outputs)
    finally:
        service.close()
    for path in outputs:
        path.unlink()
    return {
        "documents_per_second": first["rows"] / first["seconds"],
        "gpu_mib": peak.gpu_mib,
        "warm_documents_per_second": second["rows"] / second["seconds"],
    }


def _described(lengths: Lengths) -> str:
    return f"{lengths.mean():.0f} tokens on average, {statistics.median(lengths.tolist()):.0f} in the middle"
