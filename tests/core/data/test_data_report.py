"""The report counts rows, labels and lengths, even if a run could not start."""

from pathlib import Path

import msgspec
import pytest
from data_files import reviews, write
from surveys import counting_words

from core.config import DataConfig
from core.data.quality.survey import TokenCounts
from core.data.report import build_overview, report
from core.problems import Problem
from core.protocol import DataReport


def make_report(config: DataConfig) -> DataReport:
    found = report(build_overview(config, counting_words(6), 6, seed=1), "words")
    assert msgspec.json.decode(msgspec.json.encode(found), type=DataReport) == found
    return found


def test_a_report_counts_rows_labels_and_lengths(tmp_path: Path) -> None:
    train = {
        "text": ["one two", "One  two", "three", "three", "four five six", "a b c d e f", "g", "h"],
        "label": ["x", "x", "x", "y", "y", "y", "x", "y"],
    }
    test = {"text": ["ONE two", "new"], "label": ["x", "y"]}
    found = make_report(
        DataConfig(
            train=write(tmp_path, "a.csv", train),
            validation=write(tmp_path, "v.csv", {"text": ["i", "j"], "label": ["x", "y"]}),
            test=write(tmp_path, "b.csv", test),
        )
    )
    assert [split.name for split in found.splits] == ["train", "validation", "test"]
    first = found.splits[0]
    assert (first.rows, first.labels) == (8, {"x": 4, "y": 4})
    assert (first.duplicates, first.conflicting) == (2, 1)
    assert first.lengths is not None
    assert (first.lengths.median, first.lengths.longest, first.lengths.truncated) == (3, 8, 1)
    assert first.lengths.mean == pytest.approx(33 / 8)
    assert first.lengths.tokens_cut == pytest.approx(2 / 33)
    assert found.across == {"train/validation": 0, "train/test": 1, "validation/test": 0}
    assert (found.tokenizer, found.max_length, found.text_column) == ("words", 6, "text")


def test_a_report_shows_the_validation_rows_that_would_be_held_out(tmp_path: Path) -> None:
    found = make_report(DataConfig(train=write(tmp_path, "a.csv", reviews())))
    assert [(split.name, split.rows) for split in found.splits] == [("train", 18), ("validation", 2)]
    assert found.warnings == found.problems == []


def test_without_a_tokenizer_a_warning_says_why_lengths_are_missing(tmp_path: Path) -> None:
    def cannot(texts: list[str]) -> TokenCounts:
        raise Problem("the model is not here", where="some/model", mend="Use --model minilm.")

    config = DataConfig(train=write(tmp_path, "a.csv", reviews()))
    found = report(build_overview(config, cannot, 6, seed=1), "some/model")
    assert [(split.rows, split.lengths) for split in found.splits] == [(18, None), (2, None)]
    assert found.tokenizer is None
    assert found.warnings == ["No lengths in tokens. some/model: the model is not here. Use --model minilm."]
    assert found.problems == []


def test_a_report_of_invalid_data_lists_its_problems(tmp_path: Path) -> None:
    columns = reviews()
    columns["text"][3] = ""
    columns["label"][4] = "once"
    found = make_report(DataConfig(train=write(tmp_path, "a.csv", columns)))
    assert [split.name for split in found.splits] == ["train"]
    assert found.splits[0].rows == 19
    assert found.splits[0].labels == {"bad": 9, "good": 9, "once": 1}
    assert any("1 row has no text in column 'text' (line 5)" in problem for problem in found.problems)
    (warning,) = found.warnings
    assert "1 label occurs only once and can hardly be learned: 'once'." in warning
    assert "--min-label-examples 2" in warning


def test_a_report_lists_dropped_rows_and_unknown_labels(tmp_path: Path) -> None:
    other = write(tmp_path, "b.csv", {"text": ["x", "", "z"], "label": ["good", "bad", "odd"]})
    config = DataConfig(train=write(tmp_path, "a.csv", reviews()), test=other, drop_bad_rows=True)
    found = make_report(config)
    assert found.splits[-1].labels == {"bad": 0, "good": 1, "odd": 1}
    assert found.dropped == [f"{other}: 1 row has no text in column 'text' (line 3); skipped."]
    assert any(":4:" in problem and "'odd'" in problem for problem in found.problems)


def test_a_report_of_blank_rows(tmp_path: Path) -> None:
    found = make_report(DataConfig(train=write(tmp_path, "a.csv", {"text": [" ", " "], "label": ["a", "b"]})))
    assert (found.splits[0].rows, found.splits[0].lengths) == (0, None)


def test_a_report_of_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such file"):
        make_report(DataConfig(train=str(tmp_path / "gone.csv")))
