"""Make events of fictional runs."""

from typing import Any

import msgspec

from core.runs.events import Acknowledged, Checkpoint, Evaluation, RunStarted, Step, Stopping
from core.runs.plan import Plan

PLAN = Plan(
    model="tiny",
    model_source="/models/tiny",
    labels=["bad", "good"],
    text_column="text",
    label_column="label",
    splits=[],
    max_length=48,
    train_batch_size=8,
    learning_rate=1e-3,
    max_steps=100,
    epochs=2.0,
    steps_per_epoch=50,
    eval_steps=10,
    evaluations=10,
    metric="accuracy",
    patience=5,
    parameters=1000,
    checkpoint_bytes=12_000,
    free_bytes=10**9,
    device="cpu",
    precision="fp32",
    seed=42,
)


def started(resumed_from: int | None = None, **changes: Any) -> RunStarted:
    plan = msgspec.structs.replace(PLAN, **changes)
    return RunStarted(plan=plan, pid=1, host="here", device_name="CPU", resumed_from=resumed_from)


def step(number: int, loss: float | None = 0.5, speed: float | None = 100.0) -> Step:
    return Step(step=number, epoch=number / 50, loss=loss, learning_rate=1e-3, documents_per_second=speed)


def evaluation(
    number: int, accuracy: float = 0.5, split: str = "validation", seconds: float = 2.0
) -> Evaluation:
    return Evaluation(
        step=number,
        split=split,
        examples=40,
        loss=0.6,
        accuracy=accuracy,
        accuracy_low=0.0,
        accuracy_high=1.0,
        macro_f1=accuracy,
        seconds=seconds,
    )


def stopping(number: int, best: float | None, best_step: int | None, used: int = 0) -> Stopping:
    return Stopping(
        step=number, metric="accuracy", best=best, best_step=best_step, used=used, patience=5, stops_at=None
    )


def checkpoint(number: int, is_best: bool = False) -> Checkpoint:
    return Checkpoint(step=number, is_best=is_best, bytes=1, seconds=0.1)


def acknowledged(name: str, number: int, accepted: bool = True) -> Acknowledged:
    return Acknowledged(id=f"{name}-{number}", name=name, step=number, accepted=accepted)
