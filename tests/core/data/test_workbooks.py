"""Workbooks and ZIP archives."""

import importlib.util
import io
import resource
import zipfile
from html import escape
from pathlib import Path

import pytest
from data_files import delimited, parquet, reviews

from core.config import DataConfig
from core.data.examples.texts import open_texts
from core.data.report import inspect
from core.data.splits import DataSplits, load_splits
from core.problems import Problem

Rows = list[list[object]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TABLE: Rows = [["text", "label"], *map(list, zip(*reviews().values(), strict=True))]


def _cell(row: int, column: int, value: object) -> str:
    place = f'r="{chr(65 + column)}{row}"'
    match value:
        case None:
            return ""
        case bool():
            return f'<c {place} t="b"><v>{int(value)}</v></c>'
        case int() | float():
            return f"<c {place}><v>{value}</v></c>"
        case _:
            return f'<c {place} t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def _sheet(rows: Rows) -> str:
    lines = (
        f'<row r="{number}">{"".join(_cell(number, column, value) for column, value in enumerate(row))}</row>'
        for number, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def workbook(sheets: dict[str, str]) -> bytes:
    """An .xlsx file with the XML of each sheet."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>' for number, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{number}" Type="{_LINKS}/worksheet" Target="worksheets/{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
        f'Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{links}</Relationships>',
    }
    parts |= {f"xl/worksheets/{number}.xml": xml for number, xml in enumerate(sheets.values(), 1)}
    return archive(parts)


def archive(files: dict[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in files.items():
            written.writestr(name, data)
    return content.getvalue()


def write(folder: Path, name: str, rows: Rows) -> Path:
    path = folder / name
    path.write_bytes(workbook({"Sheet1": _sheet(rows)}))
    return path


def load(path: Path, **settings: object) -> DataSplits:
    return load_splits(DataConfig(train=str(path), **settings), seed=1)


def problem_of(path: Path, **settings: object) -> str:
    with pytest.raises(Problem) as caught:
        load(path, **settings)
    return str(caught.value)


def texts_of(path: Path) -> list[str]:
    return [text for chunk in open_texts(str(path)).chunks() for text in chunk.texts]


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.xls", "a"])
def test_a_workbook_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, TABLE)
    assert texts_of(path) == reviews()["text"]
    reasons = load(path).reasons
    assert ("read as a workbook: its content is one, whatever its name." in reasons) == (name[1:3] != ".x")


@pytest.mark.parametrize(
    ("labels", "names"),
    [([1.0, 0.0], ["0", "1"]), ([True, False], ["false", "true"]), ([2.5, 1], ["1", "2.5"])],
)
def test_cells_are_read_as_they_are_seen(tmp_path: Path, labels: list[object], names: list[str]) -> None:
    rows: Rows = [["text", "label"], *([f"visit number {row}", labels[row % 2]] for row in range(8))]
    assert load(write(tmp_path, "a.xlsx", rows)).labels == names


def test_title_rows_empty_columns_and_gaps(tmp_path: Path) -> None:
    rows: Rows = [["Reviews of 2024"], [], *([None, *row] for row in TABLE)]
    splits = load(write(tmp_path, "a.xlsx", rows))
    assert len(splits.train) + len(splits.validation) == 20
    assert any("1 rows above the header are skipped: 'Reviews of 2024'" in each for each in splits.reasons)
    (found,) = inspect(DataConfig(train=str(write(tmp_path, "b.xlsx", [*TABLE, [None, "good"]])))).problems
    assert "(row 22)" in found
    assert "row 22: this row has 3 cells" in problem_of(write(tmp_path, "c.xlsx", [*TABLE, ["a", "b", "c"]]))


def test_a_sheet_without_a_header(tmp_path: Path) -> None:
    path = write(tmp_path, "a.xlsx", TABLE[1:])
    splits = load(path)
    assert len(splits.train) + len(splits.validation) == 20
    assert any(reason.startswith("no header: ") for reason in splits.reasons)
    assert load(path, columns=["words", "mood"]).label_column == "mood"
    assert "duplicate column name" in problem_of(path, columns=["a", "a"])


def test_several_sheets(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    sheets = {"About": [["how this was made"]], "Reviews": TABLE, "More": TABLE[:5], "Empty": []}
    path.write_bytes(workbook({name: _sheet(rows) for name, rows in sheets.items()}))
    splits = load(path)
    assert len(splits.train) + len(splits.validation) == 20
    assert any("sheet 'Reviews'" in each and "'About', 'More'" in each for each in splits.reasons)
    assert "no sheet 'None', only 'About', 'Reviews', 'More', 'Empty'" in problem_of(path, subset="None")
    assert "only one column" in problem_of(path, subset="About") or "header" in problem_of(
        path, subset="About"
    )


def test_the_question_about_a_header_names_the_sheet_and_the_others(tmp_path: Path) -> None:
    odd = [["odd", "so or so"], *([f"word {row}", f"thing {row} of it"] for row in range(9))]
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({name: _sheet(rows) for name, rows in {"Odd": odd, "More": TABLE}.items()}))
    problem = problem_of(path)
    assert "sheet 'Odd', row 1: the first row, 'odd', 'so or so', may be column names" in problem
    assert "To read another sheet, 'More', give --subset SHEET" in problem
    assert load(path, subset="More").labels


def test_a_workbook_that_asks_for_all_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    corners = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    path.write_bytes(
        workbook({"a": f'<worksheet xmlns="{_MAIN}"><sheetData>{corners}</sheetData></worksheet>'})
    )
    assert "needs too much memory" in problem_of(path)


def test_rows_that_cannot_be_written_are_no_fault_of_the_workbook(tmp_path: Path) -> None:
    path = write(tmp_path, "a.xlsx", TABLE)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        assert "cannot store a copy of the file (File too large). Raise the limit" in problem_of(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_damaged_workbooks_and_other_documents(tmp_path: Path) -> None:
    path = write(tmp_path, "a.xlsx", TABLE)
    path.write_bytes(path.read_bytes()[:600])
    assert "cannot read the workbook" in problem_of(path)
    path.write_text(delimited(reviews()))
    assert "the extension is .xlsx, but this is no workbook" in problem_of(path)
    document = tmp_path / "b.csv"
    document.write_bytes(archive({"[Content_Types].xml": "", "word/document.xml": ""}))
    assert 'Save the sheet as "CSV UTF-8"' in problem_of(document)


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert 'pip install "bertcls-tui[excel]"' in problem_of(write(tmp_path, "a.xlsx", TABLE))


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("archive.zip", {"data/reviews.csv": "csv", "__MACOSX/._reviews.csv": b"", "README.txt": b"about"}),
        ("reviews.csv.zip", {"reviews.csv": "csv"}),
        ("reviews.zip", {"LICENSE": b"free", "reviews.parquet": parquet(reviews())}),
        ("book.zip", {"reviews.xlsx": workbook({"a": _sheet(TABLE)})}),
    ],
)
def test_an_archive_of_one_file(tmp_path: Path, name: str, files: dict[str, str | bytes]) -> None:
    path = tmp_path / name
    csv = delimited(reviews())
    path.write_bytes(archive({each: csv if data == "csv" else data for each, data in files.items()}))
    assert texts_of(path) == reviews()["text"]


def test_archives_that_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    csv = delimited(reviews())
    path.write_bytes(archive({"train.csv": csv, "test.csv": csv}))
    assert "2 files in the archive: 'train.csv', 'test.csv'" in problem_of(path)
    path.write_bytes(archive({"README.md": "about"}))
    assert "no data file in the archive" in problem_of(path)
    whole = archive({"train.csv": csv * 50})
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged or truncated" in problem_of(path)
    path.write_bytes(whole.replace(b"PK\x01\x02", b"PK\x01\x03"))
    assert "damaged or truncated" in problem_of(path)
    locked = bytearray(whole)
    for start in (whole.find(b"PK\x03\x04") + 6, whole.find(b"PK\x01\x02") + 8):
        locked[start] |= 1
    path.write_bytes(bytes(locked))
    assert "the archive has a password" in problem_of(path)
