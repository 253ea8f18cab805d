"""The first row of a file of texts: column names, or a text that must not be lost."""

from pathlib import Path

import pytest

from core.config import ReadingConfig
from core.data.columns import TrainedColumns
from core.data.examples.texts import open_texts
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
