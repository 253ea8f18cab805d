"""Out of memory during a run: the same batch in smaller micro-batches, reported; or a clear error."""

import errno
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import Small, events_of, losses, new_run, of_kind, train_here, trained
from transformers.models.bert.modeling_bert import BertModel

from core.config import RunConfig, Values
from core.runs import disk_space
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, EventWriter, MemoryShort, RunStarted, Step, Unblocked
from core.runs.history import read_history
from core.training import finishing, recorder
from core.training.batches import Batch
from core.training.learner import Learner
from tui.widgets.run import facts as figures


class Device:
    """Simulates a device whose memory holds at most `most` tokens."""

    def __init__(self, patch: pytest.MonkeyPatch, error: type[Exception]) -> None:
        self.error = error
        self.most: int | None = None
        self.largest = 0
        forward = BertModel.forward

        def tried(model: Any, input_ids: torch.Tensor, **options: Any) -> Any:
            if self.most is not None and input_ids.numel() > self.most:
                raise error(
                    "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
                )
            self.largest = max(self.largest, input_ids.numel())
            return forward(model, input_ids, **options)

        patch.setattr(BertModel, "forward", tried)


@pytest.fixture(params=[torch.OutOfMemoryError, RuntimeError])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Device:
    monkeypatch.setattr("core.training.model_setup.find_token_budget", lambda *args: args[3] or 4096)
    return Device(monkeypatch, request.param)


def without_dropout(small: Small, folder: Path) -> Values:
    """Set a model without dropout, so that micro-batches of any size train the same."""
    model = folder / "model"
    shutil.copytree(small.model, model)
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"hidden_dropout_prob": 0.0}))
    return {"model": {"name": str(model)}}


def test_smaller_micro_batches_keep_the_batches_of_the_optimizer(
    small: Small, tmp_path: Path, device: Device
) -> None:
    layer = without_dropout(small, tmp_path)
    config = small.config(tmp_path / "runs", layer, learning_rate=1e-4, max_steps=10, eval_steps=5)
    whole = trained(config, "whole")
    device.most, device.largest = 120, 0
    run = trained(config, "short")
    assert device.largest <= 120
    (found,) = of_kind(events_of(run), MemoryShort)
    assert (found.step, found.before) == (1, 4096)
    assert 40 <= found.token_budget <= 120
    np.testing.assert_allclose(losses(run), losses(whole), rtol=1e-4)
    one, other = read_history(run), read_history(whole)
    for mine, theirs in zip(one.evaluations, other.evaluations, strict=True):
        assert mine.loss == pytest.approx(theirs.loss, rel=1e-4)
    assert any("Out of memory at step 1" in text for text in warned(run))


def test_the_rates_of_steps_do_not_include_waits_for_disk_space(
    small: Small, tmp_path: Path, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step takes 1 s, and each of two waits 1000 s: for the event MemoryShort and for a Step."""
    now, full = 0.0, [MemoryShort, Step]
    compute, append = Learner.compute_gradients, EventWriter.append

    def step(self: Learner, batch: Batch) -> torch.Tensor:
        nonlocal now
        now += 1
        return compute(self, batch)

    def write(self: EventWriter, event: AnyEvent) -> AnyEvent | None:
        nonlocal now
        if full and isinstance(event, full[0]):
            del full[0]
            now += 1000
            raise OSError(errno.ENOSPC, "No space left on device")
        return append(self, event)

    monkeypatch.setattr(disk_space, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(recorder, "time", SimpleNamespace(perf_counter=lambda: now))
    monkeypatch.setattr(Learner, "compute_gradients", step)
    device.most = 120
    run = new_run(small.config(tmp_path, max_steps=4, eval_steps=2))
    monkeypatch.setattr(EventWriter, "append", write)
    assert train_here(run) == 0
    events = events_of(run)
    assert len(of_kind(events, Unblocked)) == 2
    batch_size = RunConfig().training.train_batch_size
    assert [event.documents_per_second for event in of_kind(events, Step)] == [batch_size] * 4


def warned(run: RunDirectory) -> list[str]:
    """The warnings on the watch screen."""
    return figures.warnings(read_history(run))


def test_a_resumed_run_keeps_the_smaller_token_budget(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.model_setup.find_token_budget", lambda *args: args[3] or 4096)
    device = Device(monkeypatch, torch.OutOfMemoryError)
    device.most = 120
    run = new_run(small.config(tmp_path, max_steps=6, eval_steps=3))
    with monkeypatch.context() as patch:

        def die(*args: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(finishing, "save_model", die)
        assert train_here(run) == 1
    budget = read_history(run).token_budget
    assert train_here(run, resume=True) == 0
    assert of_kind(events_of(run), RunStarted)[1].token_budget == budget


def test_a_single_text_that_does_not_fit_is_a_clear_error(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device(monkeypatch, torch.OutOfMemoryError)

    def find(*args: Any) -> int:
        device.most = 40  # other processes take the memory after the rehearsal
        return 4096

    monkeypatch.setattr("core.training.model_setup.find_token_budget", find)
    run = new_run(small.config(tmp_path))
    assert train_here(run) == 1
    ended = read_history(run).ended
    assert ended is not None
    assert "text of 48 tokens does not fit into memory" in ended.error
    assert "--max-length" in ended.error


def test_out_of_memory_in_the_optimizer_is_a_clear_error(
    small: Small, tmp_path: Path, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **options: Any) -> None:
        raise device.error("CUDA: can't allocate memory")

    run = new_run(small.config(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(torch.optim.AdamW, "step", full)
        assert train_here(run) == 1
    ended = read_history(run).ended
    assert ended is not None
    assert ended.error.startswith(
        "Out of memory, and smaller micro-batches do not help (CUDA: can't allocate memory)"
    )
    assert train_here(run, resume=True) == 0
