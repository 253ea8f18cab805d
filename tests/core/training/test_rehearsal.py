"""The rehearsal: it finds what cannot work, and leaves no trace in the model."""

from pathlib import Path

import pytest
import torch
from small_runs import Small

from core.data.splits import load_splits
from core.models.loading import load_classifier
from core.problems import Problem
from core.training.planning import prepare
from core.training.rehearsal import rehearse


def test_the_weights_are_left_as_they_were(small: Small, tmp_path: Path) -> None:
    config = small.config(tmp_path)
    prepared = prepare(config, load_splits(config.data, seed=0))
    model = load_classifier(prepared.source, prepared.plan.labels)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    rehearse(prepared, model, pad_id=0)
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_damaged_weights_are_refused(small: Small, tmp_path: Path) -> None:
    config = small.config(tmp_path)
    prepared = prepare(config, load_splits(config.data, seed=0))
    model = load_classifier(prepared.source, prepared.plan.labels)
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    with pytest.raises(Problem, match="not a finite number.*--model"):
        rehearse(prepared, model, pad_id=0)


def test_memory_that_runs_out_is_a_problem(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small.config(tmp_path)
    prepared = prepare(config, load_splits(config.data, seed=0))
    model = load_classifier(prepared.source, prepared.plan.labels)

    def forward(**batch: torch.Tensor) -> None:
        assert batch["input_ids"].shape == (8, 48)
        raise torch.OutOfMemoryError

    monkeypatch.setattr(model, "forward", forward)
    with pytest.raises(Problem, match="a batch of 8 texts of 48 tokens does not fit.*--train-batch-size"):
        rehearse(prepared, model, pad_id=0)
