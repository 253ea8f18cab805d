"""The baselines on the splits of the runs."""

from pathlib import Path

import numpy as np
import pytest

from core.config import DataConfig
from core.data.splits import DataSplits, load_splits
from core.evaluation import baselines, tfidf
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
    monkeypatch.setattr(tfidf, "_TEXTS", 8)
    baseline = make_baseline("tfidf", splits, tmp_path)
    assert 8 <= baseline.texts <= 10
    assert f"trained on {baseline.texts} of 40 texts" in baseline.description
    assert [splits.labels[number] for number in baseline.outcomes.predicted[:2]] == ["good", "bad"]


def test_texts_without_spaces_are_classified_by_characters(tmp_path: Path) -> None:
    found = load(tmp_path, "".join(f"第{n}天很好看,good\n第{n}天不好看,bad\n" for n in range(20)))
    baseline = make_baseline("tfidf", found, tmp_path / "cache")
    assert baseline.outcomes.is_right.all()
    assert "TF-IDF of characters and pairs of characters" in baseline.description


def test_labels_with_one_example_do_not_stop_the_baseline(tmp_path: Path) -> None:
    rows = "".join(f"merry day {n},good\nsad night {n},bad\n" for n in range(8))
    found = load(tmp_path, rows + "odd days,odd\nrare nights,rare\n")
    baseline = make_baseline("tfidf", found, tmp_path / "cache")
    assert baseline.outcomes.probabilities.shape == (18, 4)
    assert baseline.outcomes.is_right[:16].all()


@pytest.mark.parametrize("metric", ["macro_f1", "micro_f1", "accuracy"])
def test_label_sets_have_thresholds_for_the_metric(tmp_path: Path, metric: str) -> None:
    rows = "".join(f"warm day {n},sun|warm\nrain day {n},rain\ncold rain {n},rain|cold\n" for n in range(12))
    found = load(tmp_path, rows + "the only storm,storm|rain\n", label_delimiter="|")
    baseline = make_baseline("tfidf", found, tmp_path / "cache", metric)
    assert baseline.outcomes.thresholds is not None
    assert baseline.outcomes.is_right[:36].all()


def test_the_strength_is_chosen_by_cross_validation(splits: DataSplits, tmp_path: Path) -> None:
    """Labels at random are fitted as little as possible, by the lowest C."""
    random = np.random.default_rng(1)
    rows = [f"{' '.join(random.choice(list('abcdefgh'), 6))} {n}" for n in range(120)]
    noise = "".join(f"{row},{'good' if random.random() < 0.8 else 'bad'}\n" for row in rows)
    found = load(tmp_path, noise)
    assert "C = 1" in make_baseline("tfidf", found, tmp_path / "cache").description
    assert "words, word pairs and 2 to 5 characters" in make_baseline("tfidf", splits, tmp_path).description


def load(folder: Path, rows: str, **settings: str) -> DataSplits:
    """The same rows as training, validation and test data."""
    path = folder / "rows.csv"
    path.write_text("text,label\n" + rows, encoding="utf-8")
    names = ("train", "validation", "test")
    return load_splits(DataConfig(**dict.fromkeys(names, str(path)), **settings), seed=1)  # type: ignore[arg-type]
