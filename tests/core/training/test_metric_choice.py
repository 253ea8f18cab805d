"""The choice of the metric that selects checkpoints, and the warning about skewed labels."""

from pathlib import Path

import pytest

from core.config import DataConfig
from core.data.quality.survey import TokenCounts
from core.data.report import build_overview
from core.data.splits import DataSplits, load_splits
from core.problems import Problem
from core.training.planning import choose_metric, warn_of_skew


def splits(folder: Path, counts: dict[str, int], delimiter: str | None = None) -> DataSplits:
    path = folder / "data.csv"
    labels = [label for label, count in counts.items() for _ in range(count)]
    path.write_text("text,label\n" + "".join(f"text {row},{label}\n" for row, label in enumerate(labels)))
    return load_splits(DataConfig(train=str(path), validation=str(path), label_delimiter=delimiter), seed=1)


def test_the_warning_about_skewed_labels_suggests_macro_f1(tmp_path: Path) -> None:
    found = splits(tmp_path, {"often": 370, "rare": 10})
    (warning,) = warn_of_skew(found, "accuracy", "none")
    assert "'often' has 37 times as many training texts as 'rare' (370 and 10)" in warning
    assert "accuracy would hardly notice the rare ones" in warning
    assert "--metric macro_f1 and --class-weights balanced" in warning
    assert "--class-weights" not in warn_of_skew(found, "loss", "balanced")[0]
    assert warn_of_skew(found, "macro_f1", "none") == []
    assert warn_of_skew(found, "accuracy", "none", selects=False)[0].endswith(
        "Consider --class-weights balanced."
    )
    assert warn_of_skew(found, "accuracy", "balanced", selects=False) == []
    assert choose_metric("auto", found) == ("accuracy", "")  # suggested, not switched


def test_nearly_balanced_labels_give_no_warning(tmp_path: Path) -> None:
    assert warn_of_skew(splits(tmp_path, {"one": 40, "other": 12}), "accuracy", "none") == []


@pytest.mark.parametrize("rare", [9, 8])
def test_the_plan_and_the_data_check_agree_on_skewed_labels(tmp_path: Path, rare: int) -> None:
    found = splits(tmp_path, {"often": 40, "rare": rare})
    config = DataConfig(train=str(tmp_path / "data.csv"), validation=str(tmp_path / "data.csv"))
    seen = build_overview(config, lambda texts: TokenCounts([1] * len(texts), [0] * len(texts)), 8, seed=1)
    checked = [each.check for each in seen.findings if each.check == "imbalance"]
    assert len(checked) == len(warn_of_skew(found, "accuracy", "none")) == (rare == 8)


def test_macro_f1_selects_for_label_sets_unless_another_metric_is_set(tmp_path: Path) -> None:
    found = splits(tmp_path, {"a;b": 20, "a": 20, "b": 2}, ";")
    metric, reason = choose_metric("auto", found)
    assert metric == "macro_f1"
    assert "several labels" in reason
    assert choose_metric("micro_f1", found) == ("micro_f1", "")
    assert warn_of_skew(found, "accuracy", "none") == []


def test_micro_f1_is_refused_for_single_labels(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="micro F1 is the accuracy where each text has one label"):
        choose_metric("micro_f1", splits(tmp_path, {"one": 40, "other": 12}))
