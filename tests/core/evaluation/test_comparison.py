"""Runs that differ only by seed form a group. The median run of each group is compared in pairs."""

from pathlib import Path

import numpy as np
import pytest

from core.data.splits import Split
from core.evaluation.comparison import compare
from core.evaluation.display_names import names_of
from core.evaluation.entrants import Entrant
from core.evaluation.outcomes import Outcomes


def entrant(split: Split, group: str, seed: int, right: int) -> Entrant:
    """A run that gets the first `right` texts right and was trained with the last text.

    The more texts it gets right, the lower its validation score.
    """
    labels = split.label_ids.astype(np.int32)
    predicted = np.where(np.arange(len(labels)) < right, labels, 1 - labels)
    seen = np.zeros(len(labels), bool)
    seen[-1] = True
    return Entrant(
        name=f"{group}-seed{seed}",
        group=group,
        model=group,
        outcomes=Outcomes(
            labels=["bad", "good"],
            label_ids=labels,
            probabilities=np.eye(2, dtype=np.float32)[predicted],
            seen=seen,
            fingerprint=split.fingerprint,
            step=10,
            seconds=1.0,
        ),
        training_seconds=float(seed),
        training_speed=None if seed == 42 else 10.0,
        parameters=5,
        path=f"/{group}/{seed}",
        seed=seed,
        validation=1 - right / 20,
        bytes=9,
    )


def test_a_group_has_a_mean_a_range_and_a_median_seed(tmp_path: Path) -> None:
    split = _split(tmp_path)
    rights = {"one": (4, 8, 6, 7), "other": (5,)}
    entrants = [
        entrant(split, group, 42 + number, right)
        for group, counts in rights.items()
        for number, right in enumerate(counts)
    ]
    found = compare(entrants, split)
    one, other = found.groups
    assert one.runs == ["one-seed42", "one-seed43", "one-seed44", "one-seed45"]
    assert (one.median, other.median) == ("one-seed45", "other-seed42")  # by validation: second of four
    assert (one.accuracy.lowest, one.accuracy.highest) == (0.4, 0.8)
    assert one.accuracy.mean == pytest.approx(0.625)
    assert one.unseen_accuracy is not None
    assert one.unseen_accuracy.highest == pytest.approx(8 / 9)
    assert (one.training_seconds, one.training_speed, other.training_speed) == (43.5, 10.0, None)
    (pair,) = found.pairs
    assert (pair.first, pair.second, pair.only_first) == ("one-seed45", "other-seed42", 2)
    assert [(text.row, text.only) for text in found.disagreements] == [
        (5, "one-seed45"),
        (6, "one-seed45"),
    ]


def test_seeds_of_a_single_model_form_one_group_without_pairs(tmp_path: Path) -> None:
    split = _split(tmp_path)
    found = compare([entrant(split, "one", seed, 5) for seed in (42, 43)], split)
    assert (len(found.groups), found.pairs, found.disagreements) == (1, [], [])


def test_runs_with_the_same_name_are_named_with_their_folder() -> None:
    paths = ["/runs/a/cnn", "/runs/b/cnn", "/runs/rnn", "/runs/tfidf"]
    names = names_of([Path(path) for path in paths])
    assert names == ["a/cnn", "b/cnn", "rnn", "runs/tfidf"]


def _split(folder: Path) -> Split:
    from core.config import DataConfig
    from core.data.splits import load_labelled

    path = folder / "test.csv"
    rows = "".join(f"text number {number},{'good' if number % 2 else 'bad'}\n" for number in range(10))
    path.write_text("text,label\n" + rows)
    return load_labelled(DataConfig(train=str(path)), ["bad", "good"], None)
