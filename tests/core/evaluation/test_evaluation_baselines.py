"""The baselines on the splits of the runs."""

from pathlib import Path

import numpy as np
import pytest

from core.config import DataConfig
from core.data.splits import DataSplits, load_splits
from core.evaluation import baselines
from core.evaluation.baselines import make_baseline
from core.protocol import BASELINES

TRAIN = (
    "text,label\n"
    + "a merry tale,good\nmerry days,good\na merry night,good\ngrim days,bad\na grim tale,bad\n" * 8
)
TEST = "text,label\nmerry merry,good\nso grim,bad\nneither of them,good\n"


@pytest.fixture
def splits(tmp_path: Path) -> DataSplits:
    paths = {name: tmp_path / f"{name}.csv" for name in ("train", "validation", "test")}
    paths["train"].write_text(TRAIN)
    paths["validation"].write_text(TRAIN)
    paths["test"].write_text(TEST)
    return load_splits(DataConfig(**{name: str(path) for name, path in paths.items()}), seed=1)


def test_majority_gives_every_text_the_most_frequent_label(splits: DataSplits, tmp_path: Path) -> None:
    outcomes = make_baseline("majority", splits, tmp_path).outcomes
    assert [splits.labels[number] for number in outcomes.predicted] == ["good"] * 3
    np.testing.assert_allclose(outcomes.probabilities, [[0.4, 0.6]] * 3, rtol=1e-6)


def test_tfidf_classifies_by_words(splits: DataSplits, tmp_path: Path) -> None:
    baseline = make_baseline("tfidf", splits, tmp_path)
    assert [splits.labels[number] for number in baseline.outcomes.predicted[:2]] == ["good", "bad"]
    assert baseline.texts == len(splits.train)
    np.testing.assert_allclose(baseline.outcomes.probabilities.sum(1), 1, rtol=1e-6)
    assert splits.test is not None
    assert baseline.outcomes.fingerprint == splits.test.fingerprint


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_cached(
    splits: DataSplits, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    first = make_baseline(name, splits, cache)
    with monkeypatch.context() as patch:
        patch.setattr(baselines, "_MAKERS", {})
        second = make_baseline(name, splits, cache)
    assert (second.parameters, second.training_seconds) == (first.parameters, first.training_seconds)
    assert second.outcomes.probabilities.tolist() == first.outcomes.probabilities.tolist()
    for path in cache.iterdir():
        path.write_bytes(b"damaged")
    assert make_baseline(name, splits, cache).outcomes.predicted.tolist() == first.outcomes.predicted.tolist()


def test_a_baseline_is_computed_without_a_writable_cache(splits: DataSplits, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert make_baseline("tfidf", splits, tmp_path / "file" / "cache").parameters > 0


def test_tfidf_uses_symbols_in_texts_without_words(tmp_path: Path) -> None:
    path = tmp_path / "signs.csv"
    path.write_text("text,label\n" + "🙂 !,good\n🙁 ?,bad\n" * 8)
    names = ("train", "validation", "test")
    found = load_splits(DataConfig(**dict.fromkeys(names, str(path))), seed=1)
    assert make_baseline("tfidf", found, tmp_path / "cache").outcomes.is_right.all()


def test_many_texts_are_sampled_equally_from_each_label(
    splits: DataSplits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The labels of TRAIN repeat every five rows, so every fifth row has the same label."""
    monkeypatch.setattr(baselines, "_TEXTS", 8)
    baseline = make_baseline("tfidf", splits, tmp_path)
    assert 8 <= baseline.texts <= 10
    assert [splits.labels[number] for number in baseline.outcomes.predicted[:2]] == ["good", "bad"]
