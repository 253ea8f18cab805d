"""Run directories written from a few events, as a trainer would leave them."""

import os
import time
from pathlib import Path

import msgspec

from core.config import RunConfig
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, Checkpoint, Evaluation, RunEnded, RunStarted, Stage, Step, Stopping
from core.runs.plan import Plan, SplitPlan

PLAN = Plan(
    model="minilm",
    model_source="minilm",
    labels=["negative", "positive"],
    text_column="text",
    label_column="label",
    column_reasons=["the only column with long texts", "it is called label"],
    splits=[
        SplitPlan("train", "reviews_train.csv", 540, 3, 41, 96),
        SplitPlan("validation", "set aside from reviews_train.csv", 60, 0, 40, 88),
        SplitPlan("test", "reviews_test.csv", 200, 1, 41, 91),
    ],
    max_length=96,
    train_batch_size=8,
    learning_rate=1e-4,
    max_steps=300,
    epochs=4.44,
    steps_per_epoch=68,
    eval_steps=30,
    evaluations=10,
    metric="accuracy",
    patience=5,
    parameters=22_700_000,
    checkpoint_bytes=272_000_000,
    free_bytes=41_000_000_000,
    device="cpu",
    precision="fp32",
    seed=42,
)


def make_run(
    runs_dir: Path,
    name: str,
    *,
    age: float = 0.0,
    step: int = 0,
    best: float | None = None,
    test: float | None = None,
    ended: RunEnded | None = None,
    model: str = "minilm",
) -> RunDirectory:
    """Create a run whose newest event is `age` seconds old."""
    run = RunDirectory.create(runs_dir, name, unique=True)
    run.write_config(RunConfig().to_toml())
    events: list[AnyEvent] = [Stage(name="reading data")]
    if step:
        events += [
            RunStarted(
                plan=msgspec.structs.replace(PLAN, model=model), pid=1, host="here", device_name="cpu"
            ),
            Step(step=step, epoch=step / 68, loss=0.3, learning_rate=1e-4),
        ]
    if best is not None:
        events += [
            evaluation("validation", step, best),
            Stopping(
                step=step,
                metric="accuracy",
                best=best,
                best_step=step,
                used=0,
                patience=5,
                stops_at=step + 150,
            ),
            Checkpoint(step=step, is_best=True, bytes=1, seconds=0.1),
        ]
    if test is not None:
        events.append(evaluation("test", step, test))
    if ended is not None:
        events.append(ended)
    write_events(run, events, time.time() - age)
    return run


def evaluation(split: str, step: int, accuracy: float) -> Evaluation:
    """An evaluation of 200 examples."""
    return Evaluation(
        step=step,
        split=split,
        examples=200,
        loss=0.4,
        accuracy=accuracy,
        accuracy_low=accuracy - 0.05,
        accuracy_high=accuracy + 0.05,
        macro_f1=accuracy,
        seconds=1.0,
    )


def write_events(run: RunDirectory, events: list[AnyEvent], at: float) -> None:
    """Write `events` with the time `at`, which is also the creation time of the run."""
    stamped = [
        msgspec.structs.replace(event, seq=number, time=at) for number, event in enumerate(events, start=1)
    ]
    run.events.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in stamped))
    os.utime(run.config, (at, at))


def make_many(runs_dir: Path) -> None:
    """Create runs in most states, without trainers."""
    hour, day = 3600.5, 86400.5
    make_run(runs_dir, "reviews_train-minilm", age=200.5, step=240, best=0.912)
    make_run(
        runs_dir, "trec-minilm", age=hour, step=400, best=0.945, test=0.938, ended=RunEnded(reason="finished")
    )
    make_run(
        runs_dir,
        "sst2-bert-base-cased",
        age=3 * hour,
        step=12400,
        best=0.921,
        test=0.914,
        ended=RunEnded(reason="early_stopped"),
        model="bert-base-cased",
    )
    make_run(runs_dir, "imdb-cnn", age=day, step=60, best=0.71, ended=RunEnded(reason="stopped"), model="cnn")
    make_run(
        runs_dir,
        "support-tickets-of-the-last-ten-years-all-MiniLM-L6-v2",
        age=12 * day,
        step=8,
        ended=RunEnded(reason="failed", error="the device ran out of memory at step 8; try a smaller batch."),
        model="sentence-transformers/all-MiniLM-L6-v2",
    )
