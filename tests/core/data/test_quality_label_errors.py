"""Label errors: flipped labels are found first."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from surveys import Row, surveyed

from core.data.quality.checks import describe
from core.data.quality.label_errors import FOLDS, fold_of_rows, suspect_labels
from core.data.quality.survey import no_progress
from core.problems import Problem

WORDS = {"good": ["fine", "lovely", "warm", "bright"], "bad": ["dull", "awful", "cold", "grey"]}


def random_rows(count: int, seed: int) -> list[Row]:
    chance = random.Random(seed)
    return [
        (f"a {' '.join(chance.choices(WORDS[label], k=3))} film about {chance.randrange(10**6)}", label)
        for label in chance.choices(list(WORDS), k=count)
    ]


def test_flipped_labels_are_the_most_suspicious(tmp_path: Path) -> None:
    pytest.importorskip("cleanlab")
    train, test = random_rows(200, 1), random_rows(20, 2)
    flipped = random.Random(3).sample(range(200), 10)
    for row in flipped:
        text, label = train[row]
        train[row] = (text, "bad" if label == "good" else "good")
    survey = surveyed(tmp_path, train=train, validation=random_rows(40, 4), test=test)
    (found,) = suspect_labels(survey, no_progress)
    first = found.rows[:10]
    assert set(first.rows.tolist()) == set(flipped)
    assert set(first.splits.tolist()) == {0}
    assert not (found.rows.splits == 2).any()
    for row in describe(survey, [found])[0].first:
        assert row.suggested is not None
        assert {row.suggested, row.label} == set(WORDS)
        assert (row.given_probability or 0) < 0.5 < (row.probability or 0)


def test_too_few_texts_are_an_error(tmp_path: Path) -> None:
    pytest.importorskip("cleanlab")
    survey = surveyed(tmp_path, train=random_rows(6, 1), validation=random_rows(4, 2))
    with pytest.raises(Problem, match="fewer than two labels have 5 different texts"):
        suspect_labels(survey, no_progress)


def test_without_cleanlab_the_error_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    survey = surveyed(tmp_path, train=random_rows(20, 1), validation=random_rows(20, 2))
    with pytest.raises(Problem, match=r"pip install 'bertcls-tui\[quality\]'"):
        suspect_labels(survey, no_progress)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), max_size=80))
def test_folds_keep_equal_texts_together_and_balance_labels(rows: list[tuple[int, int]]) -> None:
    keys = np.array([key for key, _ in rows], np.uint64)
    labels = np.array([label for _, label in rows], np.int32)
    folds = fold_of_rows(keys, labels)
    for key in set(keys.tolist()):
        assert len(set(folds[keys == key].tolist())) == 1
    pure = {key: {label for other, label in rows if other == key} for key in set(keys.tolist())}
    for label in range(3):
        texts = [key for key, found in pure.items() if found == {label}]
        used = [int(folds[keys == key][0]) for key in texts]
        counts = np.bincount(used, minlength=FOLDS) if used else np.zeros(FOLDS, int)
        assert counts.max() - counts.min() <= 1
