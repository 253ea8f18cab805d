"""The cost of Python in a training step: our loop, the plain Hugging Face Trainer, and bare torch, in turn.

A model of two layers of width 32 trains on padded batches of eight texts on one CPU thread. All three do the
same arithmetic on the same batches; the time of a step beyond bare torch is overhead.
"""

import argparse
import csv
import itertools
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before torch reads it

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch.utils.data import DataLoader
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertTokenizerFast,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from core.config import RunConfig, build_config
from core.data.splits import load_splits
from core.models.packed.layouts import Padded
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, Step
from core.training import model_setup
from core.training.batches import Batcher, BatchOrder
from core.training.learner import MAX_GRAD_NORM, make_optimizer
from core.training.planning import prepare
from core.training.process import train_run
from tests.benchmarks.report import Report, Row, options_of

_WORDS, _TEXTS, _BATCH, _WARM = 200, 400, 8, 50
Batches = list[dict[str, Any]]


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("step_overhead", __doc__)
    parser.add_argument("--steps", type=int, default=400, help="measured steps of a repetition")
    parser.add_argument("--repetitions", type=int, default=5)
    return parser.parse_args()


def make_model(folder: Path) -> None:
    """Save the model, without dropout, and its tokenizer."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = {word: number for number, word in enumerate([*special, *(f"w{n}" for n in range(_WORDS))])}
    tokenizer = Tokenizer(models.WordPiece(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    BertTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)


def make_config(folder: Path, steps: int) -> RunConfig:
    """Make the data of random words, and the configuration with one evaluation at the end."""
    draw = random.Random(0)
    for name in ("train", "validation"):
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(("text", "label"))
            for number in range(_TEXTS if name == "train" else 20):
                text = " ".join(f"w{draw.randrange(_WORDS)}" for _ in range(draw.randint(5, 30)))
                rows.writerow((f"{text} w{number % _WORDS}", "ab"[number % 2]))
    return build_config(
        {
            "data": {"train": str(folder / "train.csv"), "validation": str(folder / "validation.csv")},
            "model": {"name": str(folder / "model"), "max_length": 40},
            "training": {
                "max_steps": steps,
                "eval_steps": steps,
                "train_batch_size": _BATCH,
                "precision": "fp32",
                "device": "cpu",
            },
            "output": {"runs_dir": str(folder / "runs")},
        }
    )


def make_batches(config: RunConfig) -> Batches:
    """Make the padded batches of all epochs."""
    prepared = prepare(config, load_splits(config.data, seed=config.split_seed))
    split, plan = prepared.encoded["train"], prepared.plan
    batcher, order = Batcher(split, Padded(0), 1 << 20), BatchOrder(len(split), _BATCH, plan.seed)
    found: Batches = []
    while len(found) < plan.max_steps:
        for indexes in order.epoch(len(found) // len(order)):
            (part,) = batcher(indexes).micro_batches
            found.append({**part.inputs, "labels": part.targets})
    return found[: plan.max_steps]


def milliseconds(times: list[float]) -> float:
    """The median time of a step in milliseconds, without the first steps."""
    return 1000 * statistics.median(after - before for before, after in itertools.pairwise(times[_WARM:]))


def ours(config: RunConfig, folder: Path, batches: Batches) -> float:
    """Milliseconds of a step of a real run, with its events, commands and batches."""
    run = RunDirectory.create(Path(config.output.runs_dir), "run", unique=False)
    run.write_config(config.to_toml())
    times: list[float] = []

    def on_event(event: AnyEvent) -> None:
        if isinstance(event, Step):
            times.append(time.perf_counter())

    train_run(run, resume=False, on_event=on_event)
    return milliseconds(times)


class _Times(TrainerCallback):
    def __init__(self) -> None:
        self.found: list[float] = []

    def on_step_end(self, *args: Any, **options: Any) -> None:
        self.found.append(time.perf_counter())


class _Given(Trainer):
    """A Trainer on ready batches, which is to its advantage."""

    batches: Batches

    def get_train_dataloader(self) -> DataLoader[Any]:
        return DataLoader(self.batches, batch_size=None, shuffle=False)  # type: ignore[arg-type]


def theirs(config: RunConfig, folder: Path, batches: Batches) -> float:
    """Milliseconds of a step of the plain Trainer, without logging."""
    times = _Times()
    arguments = TrainingArguments(
        output_dir=str(folder / "stock"),
        max_steps=len(batches),
        use_cpu=True,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    model = BertForSequenceClassification.from_pretrained(folder / "model")
    trainer = _Given(model=model, args=arguments, callbacks=[times])
    trainer.batches = batches
    trainer.train()
    return milliseconds(times.found)


def bare(config: RunConfig, folder: Path, batches: Batches) -> float:
    """Milliseconds of a step in bare torch."""
    model = BertForSequenceClassification.from_pretrained(folder / "model").train()
    parameters = list(model.parameters())
    optimizer = make_optimizer(model, 1e-4, 0.0)
    times = []
    for batch in batches:
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, MAX_GRAD_NORM)
        optimizer.step()
        optimizer.zero_grad()
        times.append(time.perf_counter())
    return milliseconds(times)


def main() -> None:
    """Measure, print the table, and write the figures."""
    options = parse()
    torch.set_num_threads(1)
    report = Report("step_overhead", options)
    kinds = {"bare torch": bare, "Trainer": theirs, "ours": ours}
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    model_setup.choose_layout = lambda *args, **settings: (Padded(0), "")  # type: ignore[assignment]
    with tempfile.TemporaryDirectory(prefix="bertcls-benchmark-") as place:
        folder = Path(place)
        make_model(folder / "model")
        config = make_config(folder, options.steps + _WARM)
        batches = make_batches(config)
        for _ in range(options.repetitions):
            for kind, measure in kinds.items():
                found[kind].append(measure(config, folder, batches))
    rows: list[Row] = []
    least = statistics.median(found["bare torch"])
    for kind, values in found.items():
        overhead = statistics.median(values) - least
        rows.append(
            {
                "loop": kind,
                "milliseconds": statistics.median(values),
                "quickest": min(values),
                "slowest": max(values),
                "overhead": overhead,
            }
        )
    rows[2]["of_trainer"] = rows[2]["overhead"] / rows[1]["overhead"]
    report.keep(f"milliseconds a step, {options.repetitions} repetitions in turn", rows)
    report.show()


if __name__ == "__main__":
    main()
