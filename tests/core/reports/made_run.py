"""Runs with events and predictions written by a test, as a trainer would write them."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from core.config import build_config
from core.evaluation.metrics import score
from core.evaluation.outcomes import Outcomes
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, Evaluation, EventWriter, RunEnded, RunStarted, Step, Stopping
from core.runs.plan import Plan, SplitPlan

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b *c* `d` [e](http://f)",
    "\x1b[31mred\x00\u202e",
    "</svg></table>&amp;\"'",
    "line\nbreak",
]


def plan(labels: list[str], **changes: Any) -> Plan:
    """A plan of 1,000 steps with an evaluation every 100 steps."""
    names = (("train", 800), ("validation", 100), ("test", 50))
    values: dict[str, Any] = {
        "model": "minilm",
        "model_source": "/secret/place/minilm",
        "labels": labels,
        "text_column": "text",
        "label_column": "label",
        "splits": [SplitPlan(name, f"/secret/{name}.csv", rows, 7, 20, 90, name * 4) for name, rows in names],
        "max_length": 64,
        "train_batch_size": 8,
        "learning_rate": 1e-4,
        "max_steps": 1000,
        "epochs": 10.0,
        "steps_per_epoch": 100,
        "eval_steps": 100,
        "evaluations": 10,
        "metric": "accuracy",
        "patience": 5,
        "parameters": 1_000_000,
        "checkpoint_bytes": 1,
        "free_bytes": 1,
        "device": "cpu",
        "precision": "fp32",
        "seed": 42,
    }
    return Plan(**(values | changes))


def evaluation(step: int, accuracy: float, split: str = "validation", examples: int = 100) -> Evaluation:
    return Evaluation(
        step=step,
        split=split,
        examples=examples,
        loss=1.0 - accuracy / 2,
        accuracy=accuracy,
        accuracy_low=accuracy - 0.1,
        accuracy_high=accuracy + 0.1,
        macro_f1=accuracy - 0.05,
        seconds=2.0,
    )


def training(made: Plan, steps: int) -> list[AnyEvent]:
    """All events up to `steps`. From step 200 on, the best checkpoint is at step 200."""
    events: list[AnyEvent] = [RunStarted(plan=made, pid=1, host="here", device_name="a device")]
    best, best_step, used = -1.0, 0, 0
    for step in range(1, steps + 1):
        loss = None if step == 50 else 1.0 + 0.3 * math.sin(step) - step / 2000
        events.append(
            Step(
                step=step,
                epoch=step / 100,
                loss=loss,
                learning_rate=1e-4,
                documents_per_second=40.0,
            )
        )
        if step % made.eval_steps == 0:
            found = evaluation(step, 0.9 if step == 200 else 0.6)
            is_best = found.accuracy > best
            best, best_step, used = (found.accuracy, step, 0) if is_best else (best, best_step, used + 1)
            events += [
                found,
                Stopping(
                    step=step,
                    metric="accuracy",
                    best=best,
                    best_step=best_step,
                    used=used,
                    patience=5,
                    stops_at=None,
                ),
            ]
    return events


def make(folder: Path, events: list[AnyEvent], name: str = "made") -> RunDirectory:
    """A run with these events and no trainer."""
    run = RunDirectory.create(folder, name, unique=True)
    run.write_config(build_config({"data": {"train": "/secret/train.csv"}}).to_toml())
    writer = EventWriter(run.events)
    for event in events:
        writer.write(event)
    writer.close()
    return run


def make_tested(folder: Path, labels: list[str], seen: int = 3) -> RunDirectory:
    """A finished run with predictions for 50 test texts, most of them right."""
    random = np.random.default_rng(0)
    label_ids = random.integers(0, len(labels), 50).astype(np.int32)
    probabilities = random.dirichlet(np.ones(len(labels)), 50).astype(np.float32)
    probabilities[np.arange(50), label_ids] += random.choice([0.0, 1.0], 50, p=[0.3, 0.7]).astype(np.float32)
    probabilities /= probabilities.sum(1, keepdims=True)
    outcomes = Outcomes(
        labels=labels,
        label_ids=label_ids,
        probabilities=probabilities,
        seen=np.arange(50) < seen,
        fingerprint="test" * 4,
        step=200,
        seconds=1.0,
    )
    found = score(outcomes.predicted, label_ids)
    test = evaluation(200, found.accuracy, "test", 50)
    ended = RunEnded(reason="early_stopped", step=700, best_step=200)
    run = make(folder, [*training(plan(labels), 700), test, ended])
    outcomes.write(run.outcomes)
    return run
