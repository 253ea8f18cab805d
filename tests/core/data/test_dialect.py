"""The dialect of delimited text is judged by many rows, said, and overruled by options."""

from pathlib import Path
from typing import Any

import pytest
from data_files import all_texts, all_warnings, delimited, reviews

from core.config import DataConfig, ReadingConfig, build_config
from core.data.examples.texts import open_texts
from core.data.splits import DataSplits, load_splits
from core.problems import Problem

WORDS = ["A dull play, I slept", "We laughed; twice", "Never again", "The best, by far"]
ROWS = [(f"{WORDS[row % 4]} on evening {row}", "bad" if row % 2 == 0 else "good") for row in range(24)]
PLAIN = [(text.replace(",", "").replace(";", ""), label) for text, label in ROWS]


def lines(pattern: str, rows: list[tuple[str, str]] = PLAIN, start: str = "") -> str:
    return start + "".join(
        pattern.format(row=row, text=text, label=label) + "\n" for row, (text, label) in enumerate(rows)
    )


def load(path: Path, text: str, **options: Any) -> DataSplits:
    path.write_bytes(text.encode())
    return load_splits(build_config({"data": {"train": str(path), **options}}).data, seed=1)


def texts_of(splits: DataSplits) -> set[str]:
    return {*all_texts(splits.train), *all_texts(splits.validation)}


def written(
    rows: list[tuple[str, str]], delimiter: str = ",", header: tuple[str, str] = ("text", "label")
) -> str:
    return delimited(dict(zip(header, map(list, zip(*rows, strict=True)), strict=True)), delimiter)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (lines("{row},5;{text};{label}", start="Preis, EUR;Text;Urteil\n"), "delimiter ';'"),
        (lines("{row},5;{text};{label}"), "delimiter ';'"),
        (lines("{text}|{label}", ROWS, start="text|label\n"), "delimiter '|'"),
        (lines("{text}\t{label}", ROWS, start="text (short, clean)\tlabel\n"), r"delimiter '\t'"),
        (lines("{text};{label}", start="sep=;\ntext;label\n"), "line 1, 'sep=;'"),
        (lines('"{text}", "{label}"', ROWS, start="text, label\n"), "space after the delimiter"),
        (lines("'{text} isn\\'t','{label}'", ROWS, start="'text','label'\n"), "cells in single quotes"),
        (lines('"{text} \\"so, so\\"",{label}', ROWS, start="text,label\n"), r"escaped in a cell by \""),
        (lines("{text};{label}", start="A report\n\ntext;label\n"), "header in line 3"),
        (lines("{text},{label}", start="# made by a program, today\ntext,label\n"), "header in line 2"),
        (lines("{row},{text},{label}", start="Report,,\nid,text,label\n"), "header in line 2"),
        (lines("{text}||{label}", start="text||label\n"), "delimiter '||'"),
        (lines("x, {text} ::: {label}"), "delimiter ':::'"),
        (lines("{row}_!_{label}_!_{text}"), "delimiter '_!_'"),
        (lines('"{row}" "{text}" "{label}"', ROWS, start='"text" "label"\n'), "delimiter ' '"),
        (
            lines('"the "{text}" one",{label}', ROWS, start="text,label\n"),
            "quotes within cells are not doubled",
        ),
        (lines('"{row}"\t"{text}"\t"{label}"', start='"text"\t"label"\n'), "as R writes files"),
        (lines('"{row}","{text}","{label}"', ROWS), "no header"),
    ],
)
def test_a_dialect_is_recognized_and_said(tmp_path: Path, text: str, said: str) -> None:
    splits = load(tmp_path / "data.csv", text)
    assert len(splits.train) + len(splits.validation) == len(ROWS)
    assert splits.labels == ["bad", "good"]
    assert any(said in reason and "--" in reason for reason in splits.reasons), splits.reasons


@pytest.mark.parametrize("rows", [ROWS, PLAIN])
def test_a_plain_file_says_nothing_about_its_dialect(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    splits = load(tmp_path / "data.csv", written(rows))
    assert len(splits.reasons) == 2
    assert texts_of(splits) == {text for text, _ in rows}


def test_a_backslash_that_escapes_nothing_is_text(tmp_path: Path) -> None:
    splits = load(tmp_path / "a.csv", lines('"{text} C:\\new \\"x\\"",{label}', start="text,label\n"))
    assert {text + ' C:\\new "x"' for text, _ in PLAIN} == texts_of(splits)


def test_a_carriage_return_within_a_cell_is_kept(tmp_path: Path) -> None:
    splits = load(tmp_path / "a.csv", lines("{text}\rand more,{label}", start="text,label\n"))
    assert {text + "\rand more" for text, _ in PLAIN} == texts_of(splits)


def test_rows_and_columns_without_content_are_passed_over(tmp_path: Path) -> None:
    text = lines("{label};{text};;;", start="v1;v2;;;\n") + ";;;;\n" * 3
    splits = load(tmp_path / "a.csv", text)
    assert len(splits.train) + len(splits.validation) == len(PLAIN)
    assert any(":26: row of delimiters only, 3 in all; skipped" in warning for warning in splits.warnings)


def test_a_header_in_the_middle_is_no_example(tmp_path: Path) -> None:
    splits = load(tmp_path / "a.csv", written(ROWS[:12]) + written(ROWS[12:]))
    assert splits.labels == ["bad", "good"]
    assert any(":14: the header again" in warning for warning in splits.warnings)


def test_no_row_of_a_file_without_a_header_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("".join(f'"{text}"\n' for text, _ in ROWS))
    source = open_texts(str(path))
    assert all_texts(source) == [text for text, _ in ROWS]
    assert "no header" in source.reasons[0]


def test_a_file_of_one_column_with_commas_in_its_texts(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("text\nOne, two\nThree\nFour, five, six\n")
    source = open_texts(str(path))
    assert all_texts(source) == ["One, two", "Three", "Four, five, six"]
    assert "one column" in source.reasons[0]


@pytest.mark.parametrize(
    ("text", "options", "part"),
    [
        (lines("{text};{label}"), {"delimiter": ","}, "--delimiter ',' does not divide the rows"),
        (lines("{text}^{label}", start="text^label\n"), {}, "give --delimiter '^'"),
        (lines("{text} == {text}"), {}, "'==' may divide the rows into 2 cells"),
        (written(ROWS), {"columns": "a,b,c"}, "--columns has 3 names, most rows have 2 cells"),
        (written(ROWS), {"columns": "a,b"}, "Add --header to replace these names"),
        (written(ROWS), {"columns": "a,a", "header": True}, "duplicate column name 'a'"),
        (written(ROWS), {"header": False}, "the first row holds column names: 'text', 'label'"),
        (written(ROWS), {"skip_rows": 99}, "no rows below the first 99 lines"),
        (written(ROWS), {"quote": "none"}, "cells"),
        (written(ROWS) + "one,two,three\n", {}, ":26: this row has 3 cells, the header has 2 cells"),
        (lines("x{row};y{row},z{row};t{row},u{row}"), {}, "the rows agree on"),
    ],
)
def test_what_contradicts_the_rows_is_refused(
    tmp_path: Path, text: str, options: dict[str, Any], part: str
) -> None:
    with pytest.raises(Problem) as caught:
        load(tmp_path / "a.csv", text, **options)
    assert part in str(caught.value)


def test_options_overrule_what_is_judged(tmp_path: Path) -> None:
    text = lines("{label}^{text}", start="one line\n")
    splits = load(tmp_path / "a.csv", text, delimiter="^", skip_rows=1, columns="label,text")
    assert texts_of(splits) == {text for text, _ in PLAIN}
    spaced = load(tmp_path / "b.csv", lines("{text}, {label}", start="text, label\n"), delimiter=",")
    assert len(spaced.reasons) == 2
    renamed = load(tmp_path / "c.csv", written(ROWS), header=True, columns="words,y")
    assert (renamed.text_column, renamed.label_column) == ("words", "y")


def test_signs_of_several_characters_that_may_be_text_are_none_until_given(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text(lines("{row} nights -> {text}"))
    source = open_texts(str(path))
    assert all_texts(source)[0].startswith("0 nights -> ")
    assert "give --delimiter '->'" in " ".join(source.reasons)
    given = open_texts(str(path), ReadingConfig(delimiter="->", text_column="2"))
    assert all_texts(given) == [text for text, _ in PLAIN]
    bars = load(tmp_path / "bars.psv", lines("{row}|{text}|||{label}", start="id|text|a|b|label\n"))
    assert bars.labels == ["bad", "good"]


def test_quotes_that_are_not_doubled_are_repaired_only_where_they_are_clear(tmp_path: Path) -> None:
    text = lines('"the ""{text}"" and "so" on",{label}', start="text,label\n")
    assert texts_of(load(tmp_path / "a.csv", text)) == {f'the "{text}" and "so" on' for text, _ in PLAIN}
    with pytest.raises(Problem) as caught:
        load(tmp_path / "b.csv", lines('"he said "{text}", then left",{label}', start="text,label\n"))
    assert "not doubled inside a quoted cell" in str(caught.value)
    assert "--quote none" not in str(caught.value)
    odd = lines('"{text} 5" wide,{label}', start="text,label\n")
    with pytest.raises(Problem, match="give --quote none"):
        load(tmp_path / "c.csv", odd)
    assert load(tmp_path / "c.csv", odd, quote="none").labels == ["bad", "good"]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "tabs"])
def test_a_delimiter_is_one_character(delimiter: str) -> None:
    with pytest.raises(Problem, match="one character or tab"):
        build_config({"data": {"delimiter": delimiter}})


def test_options_of_delimited_text_are_refused_for_other_formats(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\n')
    with pytest.raises(Problem, match="--skip-rows is for delimited text, and this is JSON lines"):
        open_texts(str(path), ReadingConfig(skip_rows=1))


def test_rows_of_another_width_can_be_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(written(ROWS) + "Total: 24\n")
    source = open_texts(str(path), ReadingConfig(drop_bad_rows=True))
    assert len(all_texts(source)) == len(ROWS)
    assert (
        ":26: row with another number of cells than the header, 1 in all; dropped" in all_warnings(source)[0]
    )


def test_a_row_over_several_lines_is_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(written(ROWS) + '"open,bad\nmore,good\nclosed",bad,good\n')
    with pytest.raises(Problem, match=":26: this row has 3 cells"):
        load_splits(DataConfig(train=str(path), drop_bad_rows=True), seed=1)


@pytest.mark.parametrize("name", ["reviews.data", "Reviews", "reviews.txt"])
def test_other_names_are_judged_by_content(tmp_path: Path, name: str) -> None:
    splits = load(tmp_path / name, lines("{label}\t{text}", ROWS))
    assert texts_of(splits) == {text for text, _ in ROWS}
    assert any(r"delimiter '\t'" in reason for reason in splits.reasons)
    columns = reviews()
    rows = "".join(
        f'{{"text": "{text}", "label": "{label}"}}\n' for text, label in zip(*columns.values(), strict=True)
    )
    assert "JSON" in load(tmp_path / name, rows).reasons[0]
