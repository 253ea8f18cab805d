"""fastText lines and plain lines; encodings that are not UTF-8."""

import json
import re
from pathlib import Path

import pytest
from data_files import all_texts, all_warnings

from core.config import DataConfig, ReadingConfig
from core.data.examples.texts import open_texts
from core.data.splits import load_splits
from core.problems import Problem


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.train"])
def test_fast_text_lines_are_texts_with_labels(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("".join(f"__label__{'ab'[row % 2]} a text, number {row}\n" for row in range(20)))
    splits = load_splits(DataConfig(train=str(path)), seed=1)
    assert (splits.labels, splits.text_column) == (["a", "b"], "text")
    assert "fastText" in splits.reasons[0]
    assert all_texts(open_texts(str(path)))[3] == "a text, number 3"


def test_fast_text_lines_with_several_labels_are_label_sets(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    more = "__label__x "
    path.write_text("".join(f"__label__{'ab'[row % 2]} {more * (row > 9)}text {row}\n" for row in range(20)))
    splits = load_splits(DataConfig(train=str(path)), seed=1)
    assert splits.labels == ["a", "b", "x"]
    assert any("multi-label" in reason for reason in splits.reasons)


def test_labels_before_a_comma_are_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f'__label__{"ab"[row % 2]},"a text, number {row}"\n' for row in range(20)))
    found = load_splits(DataConfig(train=str(path)), seed=1)
    assert found.labels == ["a", "b"]
    assert "'__label__a' as 'a', '__label__b' as 'b'" in found.reasons[-1]


def test_a_json_list_of_strings_holds_texts_without_labels(tmp_path: Path) -> None:
    path, texts = tmp_path / "list.json", [f"a text, number {row}" for row in range(20)]
    path.write_text(json.dumps(texts))
    found = open_texts(str(path))
    assert found.text_column == "text"
    assert found.reasons[0] == "plain texts: a list of strings, each a text without a label."
    assert all_texts(found) == texts
    with pytest.raises(Problem, match="only one column, 'text'.*plain texts"):
        load_splits(DataConfig(train=str(path)), seed=1)
    path.write_text('["one", 2]')
    with pytest.raises(Problem, match="row 2: expected a string like the first, found a number"):
        all_texts(open_texts(str(path)))


def test_plain_lines_are_texts_without_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    given = ["One, two.", "", "Three, and four, five.", "Six; seven"]
    path.write_text("\n".join(given) + "\n")
    source = open_texts(str(path))
    assert all_texts(source) == given
    assert "plain lines" in source.reasons[0]
    with pytest.raises(Problem, match="only one column.*plain lines: one text a line"):
        load_splits(DataConfig(train=str(path)), seed=1)


@pytest.mark.parametrize(
    ("encoding", "named", "words"),
    [
        ("cp1252", "cp1252", "Un café très agréable, à bientôt"),
        ("latin-1", "cp1252", "Das Gemüse war schön heiß"),
        ("gbk", "gb18030", "这家餐厅的味道很好，服务员也很热情"),
        ("big5", "big5", "這家餐廳的味道很好，服務員也很熱情"),
        ("shift_jis", "shift_jis", "このレストランはとても美味しかったです"),
        ("euc_jp", "euc_jp", "このレストランはとても美味しかったです"),
        ("euc_kr", "cp949", "이 식당은 정말 맛있었어요 다음에 또 올게요"),
        ("koi8-r", "koi8-r", "Отличный ресторан и очень вкусная еда"),
        ("cp1251", "cp1251", "Отличный ресторан и очень вкусная еда"),
        ("cp1250", "cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
        ("cp1254", "cp1254", "Yemekler çok güzeldi, şiddetle öneririm, sağ olun"),
        ("utf-16-le", "utf-16-le", "Отличный ресторан и очень вкусная еда"),
        ("utf-16-be", "utf-16-be", "这家餐厅的味道很好，服务员也很热情"),
    ],
)
def test_the_likeliest_encoding_is_named_and_reads_the_file(
    tmp_path: Path, encoding: str, named: str, words: str
) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{words} {row}" for row in range(20)]
    text = "text,label\n" + "".join(f'"{each}",{"ab"[row % 2]}\n' for row, each in enumerate(rows))
    path.write_bytes(text.encode(encoding))
    with pytest.raises(Problem, match=rf"a\.csv.*Use --encoding {named}\.$") as caught:
        open_texts(str(path))
    assert "utf-16" in named or words[:8] in str(caught.value)
    assert all_texts(open_texts(str(path), ReadingConfig(encoding=named))) == rows


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1252", "crème"),
        ("cp1252", "£7 each"),
        ("cp1252", "didn’t"),
        ("cp1252", "für"),
        ("cp1250", "skvěle"),
        ("cp1251", "плохо"),
        ("cp866", "очень хорошо"),
        ("gbk", "质量很好"),
        ("cp949", "좋아요"),
        ("euc_jp", "とても悪い"),
        ("cp1255", "מוצר טוב"),
        ("mac_roman", "déjà vu"),
    ],
)
def test_few_words_name_the_encodings_that_are_likely(tmp_path: Path, encoding: str, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        f"text,label\nIt broke after two days,bad\nBought it twice: {words},good\n".encode(encoding)
    )
    with pytest.raises(Problem) as caught:
        open_texts(str(path))
    named = re.findall(r"--encoding ([\w-]+)", caught.value.mend)
    read = {all_texts(open_texts(str(path), ReadingConfig(encoding=each)))[1] for each in named}
    assert f"Bought it twice: {words}" in read
    assert words in caught.value.mend
    assert len(read) == len(named) <= 3


def test_a_single_line_in_another_encoding_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = [json.dumps({"text": f"café {row}", "label": row % 2}, ensure_ascii=False) for row in range(9)]
    path.write_bytes("\n".join(good).encode() + b'\n{"text": "na\xefve", "label": 0}\n')
    with pytest.raises(Problem) as caught:
        open_texts(str(path))
    assert ":10: byte 0xef" in str(caught.value)
    assert "1 of the first 10 lines is not UTF-8" in str(caught.value)
    assert "would spoil the others" in str(caught.value)
    source = open_texts(str(path), ReadingConfig(drop_bad_rows=True))
    assert all_texts(source) == [f"café {row}" for row in range(9)]
    assert all_warnings(source) == [f"{path}:10: line that cannot be decoded, 1 in all; dropped."]


def test_a_file_that_ends_within_a_character_is_said_to_be_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text\ngrößer\nschön\nzurü".encode()[:-1])
    with pytest.raises(Problem, match=r"a\.csv:4: .*The file ends within a character: copy or download"):
        open_texts(str(path))


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_undecodable_rows_can_be_dropped(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    start = "text\n" if name == "a.csv" else ""
    path.write_bytes(start.encode() + "größer\nschön\n".encode() + b"na\xefve\nlast\n")
    source = open_texts(str(path), ReadingConfig(drop_bad_rows=True))
    assert all_texts(source) == ["größer", "schön", "last"]
    assert "cannot be decoded, 1 in all; dropped" in all_warnings(source)[0]


def test_a_row_of_several_lines_is_dropped_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('text,label\n"größer\nyes",a\n'.encode() + b'"na\xefve\nmore",a\nlast,b\n')
    source = open_texts(str(path), ReadingConfig(drop_bad_rows=True))
    assert all_texts(source) == ["größer\nyes", "last"]


def test_labels_behind_the_text_and_lines_without_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"day {row} was fine __label__{'ab'[row % 2]}\n" for row in range(12)))
    splits = load_splits(DataConfig(train=str(path)), seed=1)
    assert splits.labels == ["a", "b"]
    assert "day 0 was fine" in {*all_texts(splits.train), *all_texts(splits.validation)}
    assert "every line has a __label__ behind the text" in " ".join(splits.reasons)
    with path.open("a") as file:
        file.write("no label here\n")
    with pytest.raises(Problem, match=r"1 row has no label.*line 13.*--drop-bad-rows"):
        load_splits(DataConfig(train=str(path)), seed=1)
    assert load_splits(DataConfig(train=str(path), drop_bad_rows=True), seed=1).labels == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("__class__good we ate well", "All lines start with '__class__'"),
        ("we ate __label__ well", "hold __label__"),
    ],
)
def test_lines_that_are_nearly_those_of_fasttext_are_said(tmp_path: Path, line: str, hint: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{line}\n" * 8)
    with pytest.raises(Problem, match=hint):
        load_splits(DataConfig(train=str(path)), seed=1)
