"""The training loop matches transformers.Trainer on the same batches with the same settings."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from small_runs import Small, events_of, of_kind, trained
from tiny_models import PACKABLE, PADDED_ONLY, tiny
from torch.utils.data import DataLoader
from transformers import AutoConfig, AutoModelForSequenceClassification, Trainer, TrainingArguments

from core.data.splits import load_splits
from core.models.loading import load_classifier
from core.models.packed.layouts import Padded
from core.runs import checkpoints
from core.runs.events import Step
from core.training import model_setup
from core.training import run as training_run
from core.training.batches import Batcher, BatchOrder
from core.training.checkpoint_saver import WEIGHTS
from core.training.learner import make_optimizer
from core.training.planning import prepare

STEPS, WARMUP, WEIGHT_DECAY, LEARNING_RATE = 30, 0.2, 0.1, 1e-3


def without_dropout(small: Small, folder: Path) -> Path:
    model = folder / "model"
    shutil.copytree(small.model, model)
    config = json.loads((model / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (model / "config.json").write_text(json.dumps(config))
    return model


class StockTrainer(Trainer):
    """A Trainer on given batches that records the loss of each step."""

    def __init__(self, batches: list[dict[str, torch.Tensor]], **options: Any) -> None:
        super().__init__(**options)
        self._batches = batches
        self.losses: list[float] = []

    def get_train_dataloader(self) -> DataLoader[Any]:
        return DataLoader(self._batches, batch_size=None, shuffle=False)  # type: ignore[arg-type]

    def training_step(self, *args: Any, **options: Any) -> torch.Tensor:
        loss = super().training_step(*args, **options)
        self.losses.append(loss.item())
        return loss


def test_losses_and_weights_equal_those_of_the_stock_trainer(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Padded batches, with warm-up, clipping and weight decay; all word embeddings are trained."""
    first: dict[str, torch.Tensor] = {}
    load = training_run.load_model

    def load_and_record(*args: Any, **options: Any) -> Any:
        model = load(*args, **options)
        with torch.no_grad():
            model.classifier.weight.mul_(30)  # so that the gradients are large enough to be clipped
        first.update({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return model

    monkeypatch.setattr(training_run, "load_model", load_and_record)
    monkeypatch.setattr(model_setup, "choose_layout", lambda *args, **options: (Padded(0), ""))
    monkeypatch.setattr(model_setup, "train_used_embeddings", lambda *args: None)
    config = small.config(
        tmp_path / "runs",
        {"model": {"name": str(without_dropout(small, tmp_path))}},
        max_steps=STEPS,
        eval_steps=STEPS,
        warmup=WARMUP,
        weight_decay=WEIGHT_DECAY,
        learning_rate=LEARNING_RATE,
    )
    ours = trained(config)
    steps = of_kind(events_of(ours), Step)

    prepared = prepare(config, load_splits(config.data, seed=config.split_seed))
    split, plan = prepared.encoded["train"], prepared.plan
    order = BatchOrder(len(split), plan.train_batch_size, plan.seed)
    batcher = Batcher(split, Padded(0), 1 << 20)
    batches = []
    for indexes in [*order.epoch(0), *order.epoch(1), *order.epoch(2)][:STEPS]:
        (micro_batch,) = batcher(indexes).micro_batches
        batches.append({**micro_batch.inputs, "labels": micro_batch.targets})
    model = load_classifier(prepared.source, plan.labels, 0.0)
    model.load_state_dict(first)
    theirs = StockTrainer(
        batches,
        model=model,
        args=TrainingArguments(
            output_dir=str(tmp_path / "stock"),
            max_steps=STEPS,
            warmup_steps=int(WARMUP * STEPS),
            learning_rate=LEARNING_RATE,
            weight_decay=WEIGHT_DECAY,
            per_device_train_batch_size=plan.train_batch_size,
            use_cpu=True,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
    )
    theirs.train()

    assert max(step.grad_norm or 0 for step in steps) > 1
    np.testing.assert_allclose([step.loss for step in steps], theirs.losses, rtol=0, atol=1e-6)
    found = load_file(checkpoints.require(ours, "last").path / WEIGHTS)
    expected = model.state_dict()
    assert found.keys() <= expected.keys()
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, expected[name], rtol=0, atol=1e-5)
    assert any((found[name] - first[name]).abs().max() > 1e-3 for name in found)


@pytest.mark.parametrize("kind", [*PACKABLE, *PADDED_ONLY, "bertcls-cnn", "bertcls-rnn"])
def test_weight_decay_applies_to_the_same_parameters(kind: str) -> None:
    if kind.startswith("bertcls"):
        config = AutoConfig.for_model(kind, vocab_size=50, num_labels=2)
        model = AutoModelForSequenceClassification.from_config(config)
    else:
        model = tiny(kind)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    decayed = set(Trainer.get_decay_parameter_names(None, model))  # type: ignore[arg-type]
    with_decay, without = make_optimizer(model, 1e-3, WEIGHT_DECAY).param_groups
    assert (with_decay["weight_decay"], without["weight_decay"]) == (WEIGHT_DECAY, 0.0)
    assert {names[id(each)] for each in with_decay["params"]} == decayed & set(names.values())
    assert {names[id(each)] for each in without["params"]} == set(names.values()) - decayed
    assert all(group["betas"] == (0.9, 0.999) and group["eps"] == 1e-8 for group in (with_decay, without))
