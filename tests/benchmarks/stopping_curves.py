"""Record what early stopping would see in a run that never stops, for `stopping_rules`.

A run trains to its last step. Many times on the way, validation and test are scored. The test scores are for
the analysis of rules; nothing in the run reads them. Each seed draws another sample of the examples.
"""

import argparse
import csv
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from transformers import set_seed

from core.config import RunConfig, build_config
from core.data.splits import load_splits
from core.evaluation.calibration import decide_cross_fitted, fit_inference
from core.models.inference_settings import InferenceSettings
from core.models.quiet import quiet_transformers
from core.runs.events import EventWriter
from core.runs.termination import Termination
from core.training.batches import endless_batches
from core.training.learner import Learner
from core.training.model_setup import fit_to_device, load_model
from core.training.planning import Prepared, prepare
from core.training.schedule import TrainingSchedule
from core.training.validation import Figures


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.stopping_curves", description=__doc__)
    parser.add_argument("name", help="of the data set, in tables")
    parser.add_argument("--train", type=Path, required=True, help="CSV or JSON Lines")
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--validation", type=Path, help="default: held out of the training data")
    parser.add_argument("--rows", type=int, help="draw so many training examples")
    parser.add_argument("--test-rows", type=int, default=500)
    parser.add_argument("--evaluations", type=int, default=24)
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--epochs", type=float, help="default: as derived from the data")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="section.key=value")
    parser.add_argument("--out", type=Path, required=True, help="folder of the curves")
    return parser.parse_args()


def draw(source: Path, rows: int | None, seed: int, folder: Path) -> Path:
    """Write a random sample of `rows` examples of a CSV or JSON Lines file into `folder`."""
    with source.open(encoding="utf-8", newline="") as stream:
        lines = (
            [f"{json.dumps(row)}\n" for row in csv.DictReader(stream)]
            if source.suffix == ".csv"
            else [*stream]
        )
    count = min(rows or len(lines), len(lines))
    target = folder / f"{source.stem}-{seed}.jsonl"
    target.write_text("".join(random.Random(seed).sample(lines, count)), encoding="utf-8")
    return target


def configuration(options: argparse.Namespace, seed: int, folder: Path) -> RunConfig:
    """The configuration of the run of a seed."""
    data: dict[str, Any] = {
        "train": str(draw(options.train, options.rows, seed, folder)),
        "test": str(draw(options.test, options.test_rows, 0, folder)),
    }
    if options.validation:
        data["validation"] = str(options.validation)
    training = {"seed": seed}
    if options.epochs:
        training["epochs"] = options.epochs
    layers: list[Any] = [{"data": data, "model": {"name": options.model}, "training": training}]
    for setting in options.set:
        name, _, value = setting.partition("=")
        section, _, key = name.partition(".")
        layers.append({section: {key: value}})
    return build_config(*layers, {"output": {"runs_dir": str(folder / "runs")}})


def record(prepared: Prepared, learner: Learner, evaluations: int) -> list[list[float]]:
    """Train to the end; a point for each evaluation: step, validation metric and loss, test metric."""
    plan, training = prepared.plan, prepared.config.training
    schedule = TrainingSchedule(plan, training.schedule, int(training.warmup * plan.max_steps))
    steps = {round(plan.max_steps * number / evaluations) for number in range(1, evaluations + 1)}
    batches = endless_batches(learner.batcher, learner.order, after_step=0, pin_memory=False)
    inference = InferenceSettings.of(
        len(plan.labels), is_multi_label=plan.is_multi_label, long_text=plan.long_text, pairs=plan.pairs
    )
    validation, test = (prepared.encoded[name] for name in ("validation", "test"))
    truth, points = validation.label_ids[:], []
    for step in range(1, plan.max_steps + 1):
        learner.compute_gradients(next(batches))
        learner.clip_gradients()
        learner.update(schedule.learning_rate(step - 1))
        if step in steps:
            logits, seconds = learner.classify(validation)
            inference = fit_inference(inference, logits, truth, step)
            found = Figures.of(logits, truth, decide_cross_fitted(inference, logits, truth), seconds)
            logits, seconds = learner.classify(test)
            decided = inference.decide(inference.probabilities(logits))
            tested = Figures.of(logits, test.label_ids[:], decided, seconds)
            metric = plan.metric
            points.append([step, found.scores[metric], found.loss, tested.scores[metric]])
    return points


def curve_of(options: argparse.Namespace, seed: int, folder: Path) -> dict[str, Any]:
    """Record the run of a seed."""
    began = time.monotonic()
    config = configuration(options, seed, folder)
    prepared = prepare(config, load_splits(config.data, seed=seed))
    plan = prepared.plan
    set_seed(seed)
    model = load_model(prepared, lambda stage: None, is_new=True)
    events = EventWriter(folder / "events.jsonl")
    layout, budget = fit_to_device(prepared, model, events, lambda stage: None, None)
    set_seed(seed)
    learner = Learner(prepared, model, layout, budget, Termination())
    return {
        "data": options.name,
        "model": options.model,
        "seed": seed,
        "settings": options.set,
        "metric": plan.metric,
        "rows": {split.name: split.rows for split in plan.splits},
        "precision": plan.precision,
        "vocabulary": int(np.max(prepared.encoded["train"].tokens.used_ids)) + 1,
        "steps_per_epoch": plan.steps_per_epoch,
        "max_steps": plan.max_steps,
        "points": record(prepared, learner, options.evaluations),
        "seconds": time.monotonic() - began,
    }


def main() -> None:
    """Record a run for each seed, and write its curve as JSON. Those that exist are kept."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    for seed in range(1, options.seeds + 1):
        length = f"{options.epochs:g}-epochs" if options.epochs else "default"
        parts = [options.name, Path(options.model).name, *options.set, length, f"{seed}"]
        target = options.out / f"{'-'.join(parts)}.json"
        if target.exists():
            continue
        with tempfile.TemporaryDirectory(prefix="bertcls-benchmark-") as folder, quiet_transformers():
            curve = curve_of(options, seed, Path(folder))
        target.write_text(json.dumps(curve) + "\n", encoding="utf-8")
        best = max(curve["points"], key=lambda point: point[1])
        print(f"{target.name}: best {best}, last {curve['points'][-1]}, {curve['seconds']:.0f} s", flush=True)


if __name__ == "__main__":
    main()
