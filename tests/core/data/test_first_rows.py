"""The first row of a file of texts: column names, or a text that must not be lost."""

from pathlib import Path

import pytest

from core.config import DataConfig, ReadingConfig
from core.data.columns.columns import TrainedColumns
from core.data.examples.texts import open_texts
from core.data.splits import load_splits
from core.problems import Problem

SENTENCES = [f"we stayed {count} nights and liked the old harbour" for count in range(30)]
WORDS = ["hello", "bye", "thanks", "stop", "order", "refund"]


def first_text(tmp_path: Path, lines: list[str], **options: bool) -> tuple[str, str]:
    path = tmp_path / "texts.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    source = open_texts(str(path), ReadingConfig(**options))
    return next(source.chunks()).texts[0], " ".join(source.reasons)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 30])
@pytest.mark.parametrize("texts", [SENTENCES, WORDS], ids=["sentences", "words"])
def test_a_text_in_the_first_row_is_kept(tmp_path: Path, texts: list[str], count: int) -> None:
    first, said = first_text(tmp_path, texts[:count])
    assert first == texts[0]
    assert "no header" in said


@pytest.mark.parametrize("name", ["text", "comment_text", "Review Text", "Kommentar", "评论"])
@pytest.mark.parametrize("count", [1, 2, 30])
def test_usual_names_are_a_header(tmp_path: Path, name: str, count: int) -> None:
    first, said = first_text(tmp_path, [name, *SENTENCES[:count]])
    assert first == SENTENCES[0]
    assert "header" not in said


def test_other_names_are_said_or_refused(tmp_path: Path) -> None:
    assert "the first row, 'Anmerkung', was taken" in first_text(tmp_path, ["Anmerkung", *SENTENCES])[1]
    assert "the first row, 'query', was taken" in first_text(tmp_path, ["query", *WORDS])[1]
    for row in ("Anmerkung", "good night"):
        with pytest.raises(Problem, match="may be column names or data.*--header.*--no-header"):
            first_text(tmp_path, [row, *SENTENCES[:5]])
        assert first_text(tmp_path, [row, *SENTENCES[:5]], header=False)[0] == row


def test_the_column_of_the_training_is_a_header(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text(f"Anmerkung\n{SENTENCES[0]}\n", encoding="utf-8")
    source = open_texts(str(path), None, TrainedColumns("Anmerkung", "Urteil"))
    assert next(source.chunks()).texts == SENTENCES[:1]


def loaded(tmp_path: Path, rows: list[str], name: str = "form.csv") -> tuple[list[str], str]:
    path = tmp_path / name
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    splits = load_splits(DataConfig(train=str(path)), seed=1)
    return splits.labels, " ".join([splits.text_column, *splits.reasons])


ANSWERS = [f'"we waited {row} days, and nobody called",{"late lost"[row % 2 * 5 :][:4]}' for row in range(24)]


def test_the_questions_of_a_form_are_a_header(tmp_path: Path) -> None:
    labels, said = loaded(tmp_path, ["Please tell us what went wrong,What was the problem?", *ANSWERS])
    assert labels == ["late", "lost"]
    assert "'What was the problem?', was taken as column names" in said
    labels, said = loaded(tmp_path, ['"did it ever come, at all?",lost', *ANSWERS])
    assert labels == ["late", "lost"]
    assert "no header" in said


def test_rows_below_the_header_that_belong_to_it_are_skipped(tmp_path: Path) -> None:
    survey = [
        "Q1,Q2",
        "What went wrong?,Kind",
        '"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"',
        *ANSWERS,
    ]
    labels, said = loaded(tmp_path, survey)
    assert labels == ["late", "lost"]
    assert "2 rows below the header skipped" in said
    table = ["| text | label |", "|:--|---|", *(f"| day {row} | {'ab'[row % 2]} |" for row in range(9))]
    labels, said = loaded(tmp_path, table, "table.md")
    assert labels == ["a", "b"]
    assert "the rule of a Markdown table" in said


def test_blank_rows_of_delimiters_above_the_header_are_part_of_the_title(tmp_path: Path) -> None:
    rows = [
        "Report;;",
        ";;",
        "Kommentar;Kategorie;",
        *(f"Tag {row}: zu laut;{'ab'[row % 2]};" for row in range(9)),
    ]
    assert "header in line 3" in loaded(tmp_path, rows)[1]
