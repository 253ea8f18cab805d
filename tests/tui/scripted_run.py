"""Run directories written by tests, as a trainer would write them."""

import asyncio
import contextlib
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from core.config import build_config
from core.files import lock
from core.problems import Problem
from core.protocol import Explain, Explanation, Predict, Prediction, Predictions, Request, WordContribution
from core.runs.directory import RunDirectory
from core.runs.events import (
    AnyEvent,
    Checkpoint,
    EndReason,
    Evaluation,
    RunEnded,
    RunStarted,
    Stage,
    Step,
    Stopping,
)
from core.runs.plan import Plan, SplitPlan
from tui.engine.client import EngineFault, OnProgress
from tui.following.machine import DeviceFigures, Gpu

START = 1_700_000_000.0


def plan(labels: list[str] | None = None, **changes: Any) -> Plan:
    names = labels or ["negative", "positive"]
    splits = [
        SplitPlan("train", "reviews.csv", 540, 3, 31, 80),
        SplitPlan("validation", "reviews.csv", 60, 0, 30, 71),
        SplitPlan("test", "test.csv", 200, 0, 30, 75),
    ]
    values: dict[str, Any] = {
        "model": "minilm",
        "model_source": "/models/minilm",
        "labels": names,
        "text_column": "text",
        "label_column": "label",
        "splits": splits,
        "max_length": 256,
        "train_batch_size": 8,
        "learning_rate": 1e-4,
        "max_steps": 300,
        "epochs": 4.4,
        "steps_per_epoch": 68,
        "eval_steps": 20,
        "evaluations": 15,
        "metric": "accuracy",
        "patience": 5,
        "parameters": 22_713_986,
        "checkpoint_bytes": 272_000_000,
        "free_bytes": 10**11,
        "device": "cpu",
        "precision": "fp32",
        "seed": 42,
    }
    return Plan(**(values | changes))


def loss_at(step: int) -> float:
    noise = 0.12 * math.sin(step * 12.9898) * math.cos(step * 4.1414)
    return 0.15 + 0.62 * math.exp(-step / 70) + noise * (0.4 + math.exp(-step / 120))


def accuracy_at(step: int) -> float:
    return round(0.52 + 0.4 * (1 - math.exp(-step / 60)) - max(0, step - 200) * 0.0002, 4)


def evaluation(step: int, split: str = "validation", **changes: Any) -> Evaluation:
    accuracy = accuracy_at(step)
    values: dict[str, Any] = {
        "step": step,
        "split": split,
        "examples": 60 if split == "validation" else 200,
        "loss": 0.2 + 0.5 * math.exp(-step / 80) + max(0, step - 200) * 0.0006,
        "accuracy": accuracy,
        "accuracy_low": accuracy - 0.05,
        "accuracy_high": min(1.0, accuracy + 0.04),
        "macro_f1": accuracy - 0.03,
        "seconds": 0.8,
    }
    return Evaluation(**(values | changes))


def training_events(steps: int, plan: Plan, first: int = 1) -> Iterator[AnyEvent]:
    """Steps, evaluations, checkpoints and early stopping up to `steps`."""
    best, best_step, used = -1.0, 0, 0
    for step in range(1, steps + 1):
        if step >= first:
            yield Step(
                step=step,
                epoch=step / plan.steps_per_epoch,
                loss=loss_at(step),
                learning_rate=plan.learning_rate * (1 - step / plan.max_steps),
                grad_norm=1.2 + 0.5 * math.sin(step),
                documents_per_second=41.0,
                tokens_per_second=1204.0,
                padding=0.12,
            )
        if step % plan.eval_steps:
            continue
        scores = evaluation(step)
        is_best = scores.accuracy > best
        best, best_step, used = (scores.accuracy, step, 0) if is_best else (best, best_step, used + 1)
        if step >= first:
            yield scores
            yield Checkpoint(step=step, is_best=is_best, bytes=272_000_000, seconds=0.4)
            end = step + (plan.patience - used) * plan.eval_steps
            yield Stopping(
                step=step,
                metric=plan.metric,
                best=best,
                best_step=best_step,
                used=used,
                patience=plan.patience,
                stops_at=end if end <= plan.max_steps else None,
            )


class ScriptedRun:
    """A run directory whose events a test writes."""

    def __init__(self, folder: Path, name: str = "reviews-minilm") -> None:
        self.directory = RunDirectory.create(folder, name, unique=True)
        self.directory.write_config(build_config().to_toml())
        self._count = 0

    def write(self, *events: AnyEvent) -> None:
        """Append events with times half a second apart."""
        with self.directory.events.open("ab") as file:
            for event in events:
                self._count += 1
                stamped = msgspec.structs.replace(event, seq=self._count, time=START + self._count / 2)
                file.write(msgspec.json.encode(stamped) + b"\n")

    def begin(self, plan: Plan, resumed_from: int | None = None) -> None:
        self.write(
            Stage(name="reading data"),
            Stage(name="loading model"),
            RunStarted(
                plan=plan, pid=1, host="elsewhere", device_name="cpu (AMD EPYC)", resumed_from=resumed_from
            ),
        )

    def train(self, steps: int, plan: Plan, first: int = 1) -> None:
        self.write(*training_events(steps, plan, first))

    def end(self, reason: EndReason, step: int, best_step: int | None = None, error: str = "") -> None:
        self.write(RunEnded(reason=reason, step=step, best_step=best_step, error=error))

    def log(self, *lines: str) -> None:
        with self.directory.log.open("a", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(line + "\n" for line in lines)

    @contextlib.contextmanager
    def alive(self) -> Iterator[None]:
        """Hold the lock of the run, as a trainer does."""
        with lock.hold(self.directory.lock):
            yield


class FixedProbe:
    """A machine probe with constant figures."""

    def __init__(self, gpus: tuple[Gpu, ...] = ()) -> None:
        self.gpus = gpus

    def read(self, trainer: int | None) -> DeviceFigures:
        return DeviceFigures(0.97, 2, 3 << 30, 8 << 30, 1.9, 1 << 30, self.gpus)


class FakeEngine:
    """Answers every text with the same probabilities, or raises `failure` if it is set."""

    def __init__(self, labels: list[str] | None = None) -> None:
        self.labels = labels or ["negative", "positive"]
        self.asked: list[Predict | Explain] = []
        self.step = 200
        self.failure: Problem | EngineFault | None = None
        self.tokens = 14
        self.unread: list[tuple[int, int]] = []
        self.held = asyncio.Event()
        self.held.set()

    async def ask(self, request: Request[Any], *, on_progress: OnProgress | None = None) -> Any:
        assert isinstance(request, Predict | Explain)
        self.asked.append(request)
        await self.held.wait()
        if self.failure is not None:
            raise self.failure
        if isinstance(request, Explain):
            return explanation(request, self.labels[::-1], self.step)
        weights = [1.9**index for index in range(len(self.labels))]
        shares = [weight / sum(weights) for weight in weights]
        likeliest = [self.labels[-1]]
        item = Prediction(
            probabilities=shares,
            predicted=likeliest,
            tokens=self.tokens,
            truncated=self.tokens > 512,
            unread_tokens=max(0, self.tokens - 512),
            unread=self.unread,
        )
        return Predictions(
            labels=self.labels,
            step=self.step,
            which=request.which,
            max_length=512,
            milliseconds=18.2,
            items=[item],
        )


def explanation(request: Explain, ranked: list[str], step: int) -> Explanation:
    """The first word contributes to the label, the last one against it, the others nothing."""
    text, label = request.text, request.label or ranked[0]
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    values = [0.7, *[0.0] * (len(spans) - 2), -0.3][: len(spans)]
    return Explanation(
        label=label,
        labels=ranked,
        probability=0.91,
        empty_probability=0.48,
        words=[
            WordContribution(start=start, end=end, contribution=value)
            for (start, end), value in zip(spans, values, strict=True)
        ],
        error=0.01,
        step=step,
        which=request.which,
        tokens=len(spans) + 2,
        truncated=False,
        max_length=512,
        seconds=0.8,
    )
