"""The training loss: gradients do not depend on how a batch is divided into micro-batches."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from core.data.labels.label_sets import LabelIds, LabelSets, LabelSetTable
from core.training.losses import TrainingLoss, as_targets, balanced_weights

LABELS, WIDTH = 4, 5


def drawn(seed: int, texts: int, *, sets: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Random inputs of shape [texts, WIDTH], their targets, and a weight for each label."""
    random = np.random.default_rng(seed)
    states = torch.from_numpy(random.normal(size=(texts, WIDTH)))
    ids = (
        random.random((texts, LABELS)) < 0.3 if sets else random.integers(LABELS, size=texts).astype(np.int32)
    )
    targets = as_targets(ids)
    return states, targets.double() if sets else targets, torch.from_numpy(random.uniform(0.1, 10, LABELS))


@given(
    seed=st.integers(0, 99),
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    sets=st.booleans(),
    weighted=st.booleans(),
)
def test_gradients_do_not_depend_on_how_a_batch_is_divided(
    seed: int, sizes: list[int], sets: bool, weighted: bool
) -> None:
    states, targets, weights = drawn(seed, sum(sizes), sets=sets)
    loss = TrainingLoss(is_multi_label=sets, weights=weights if weighted else None)

    def gradient(parts_of_batch: list[int]) -> tuple[float, torch.Tensor]:
        head = torch.ones(WIDTH, LABELS, dtype=torch.float64, requires_grad=True)
        total, start = 0.0, 0
        for size in parts_of_batch:
            part = slice(start, start + size)
            # As in the training loop: each micro-batch counts by its examples.
            scaled = loss((states[part] @ head).sin(), targets[part]) * (size / len(states))
            scaled.backward()
            total, start = total + float(scaled.detach()), start + size
        assert head.grad is not None
        return total, head.grad

    whole, divided = gradient([sum(sizes)]), gradient(sizes)
    assert divided[0] == pytest.approx(whole[0])
    torch.testing.assert_close(divided[1], whole[1])


@pytest.mark.parametrize("sets", [False, True])
def test_without_weights_the_loss_equals_that_of_transformers(sets: bool) -> None:
    from transformers.loss.loss_utils import ForSequenceClassificationLoss

    states, targets, _ = drawn(1, 9, sets=sets)
    kind = "multi_label_classification" if sets else "single_label_classification"
    config = type("Config", (), {"problem_type": kind, "num_labels": LABELS})
    expected = ForSequenceClassificationLoss(targets, states[:, :LABELS], config)
    torch.testing.assert_close(TrainingLoss(is_multi_label=sets)(states[:, :LABELS], targets), expected)


def test_balanced_weights_of_single_labels_equal_those_of_scikit_learn() -> None:
    ids = np.repeat(np.arange(3, dtype=np.int32), [50, 30, 4])
    found = balanced_weights(ids, 3)
    np.testing.assert_allclose(
        found, compute_class_weight("balanced", classes=np.arange(3), y=ids), rtol=1e-6
    )
    assert found[ids].mean() == pytest.approx(1)
    # All labels contribute equally to the mean loss over all texts.
    np.testing.assert_allclose(np.bincount(ids, found[ids]), 84 / 3, rtol=1e-6)


def test_balanced_weights_of_label_sets_have_bounds() -> None:
    def weights(flags: npt.NDArray[np.bool_]) -> list[float]:
        numbers = np.arange(len(flags), dtype=np.int32)
        label_ids: LabelIds = LabelSets(numbers, LabelSetTable.of(map(np.flatnonzero, flags)), flags.shape[1])
        return balanced_weights(label_ids, flags.shape[1]).tolist()

    rows = np.arange(100)
    flags = np.column_stack([rows < 50, rows < 20, rows < 1, rows < 99, rows < 0])
    assert weights(flags) == pytest.approx([1, 4, 10, 0.1, 10])
