"""predict_file: every row of a file comes back with what was predicted, in any format."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.prediction.files import ENDINGS, predict_file
from core.prediction.predictor import Predictor
from core.problems import Problem
from core.protocol import FilePredictions
from core.runs.directory import RunDirectory

ROWS = [
    {"id": "1", "text": 'A "quoted" film,\nin two lines', "stars": "4"},
    {"id": "2", "text": "NA", "stars": ""},
    {"id": "3", "text": "", "stars": "1"},
    {"id": "4", "text": "Tab\there, ünïcode 🙂 and then on and on " * 8, "stars": "2"},
]


@pytest.fixture(scope="module")
def predictor(finished_run: RunDirectory) -> Predictor:
    return Predictor.load(finished_run, "last", device="cpu")


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    match path.suffix:
        case ".csv" | ".tsv":
            with path.open("w", encoding="utf-8", newline="") as stream:
                delimiter = "," if path.suffix == ".csv" else "\t"
                writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
                writer.writeheader()
                writer.writerows(rows)
        case ".jsonl":
            path.write_text("\n".join(json.dumps(row) for row in rows))
        case ".json":
            path.write_text(json.dumps(rows))
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)


def read(path: Path) -> list[dict[str, Any]]:
    match path.suffix:
        case ".csv" | ".tsv":
            with path.open(encoding="utf-8", newline="") as stream:
                return list(csv.DictReader(stream, delimiter="," if path.suffix == ".csv" else "\t"))
        case ".jsonl":
            return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        case ".json":
            found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
            return found
    return list(pq.read_table(path).to_pylist())


def run(predictor: Predictor, file: Path, output: Path, text_column: str | None = None) -> FilePredictions:
    return predict_file(
        predictor,
        file,
        output,
        text_column=text_column,
        encoding=None,
        on_progress=lambda done, total: None,
    )


@pytest.mark.parametrize("output_ending", ENDINGS)
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".json", ".parquet"])
def test_rows_and_columns_are_kept(
    predictor: Predictor, tmp_path: Path, ending: str, output_ending: str
) -> None:
    file, output = tmp_path / f"in{ending}", tmp_path / f"out{output_ending}"
    write(file, ROWS)
    found = run(predictor, file, output)
    rows = read(output)
    assert [{key: row[key] for key in ROWS[0]} for row in rows] == ROWS
    assert list(rows[0]) == ["id", "text", "stars", "predicted", "probability"]
    blank = rows.pop(2)
    assert (blank["predicted"] or None, blank["probability"] or None) == (None, None)
    expected = predictor.predict([str(row["text"]) for row in rows]).probabilities
    assert [row["predicted"] for row in rows] == [
        predictor.labels[index] for index in expected.argmax(axis=1)
    ]
    assert [float(row["probability"]) for row in rows] == pytest.approx(
        expected.max(axis=1).tolist(), abs=1e-6
    )
    assert (found.rows, found.output, found.step, found.which) == (4, str(output), 20, "last")
    assert sum(found.labels.values()) == 3
    assert (found.text_column, found.reasons) == ("text", ["text column 'text': its name says so."])
    assert "the text is empty; 1 in all, which get no label" in found.warnings[0]
    assert found.truncated == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file.name, output.name])


def test_columns_of_our_names_are_kept_under_another(predictor: Predictor, tmp_path: Path) -> None:
    write(tmp_path / "in.csv", [{"text": "fine", "predicted": "old"}])
    run(predictor, tmp_path / "in.csv", tmp_path / "out.csv")
    (row,) = read(tmp_path / "out.csv")
    assert row["predicted_"] == "old"
    assert row["predicted"] in predictor.labels


def test_values_keep_their_types(predictor: Predictor, tmp_path: Path) -> None:
    rows = [{"text": "fine", "n": 3, "tags": ["a", "b"], "none": None}]
    write(tmp_path / "in.jsonl", rows)
    run(predictor, tmp_path / "in.jsonl", tmp_path / "out.jsonl", "text")
    (row,) = read(tmp_path / "out.jsonl")
    assert {key: row[key] for key in rows[0]} == rows[0]


def test_a_file_can_be_written_over_itself(predictor: Predictor, tmp_path: Path) -> None:
    write(tmp_path / "in.csv", ROWS)
    run(predictor, tmp_path / "in.csv", tmp_path / "in.csv")
    assert len(read(tmp_path / "in.csv")) == 4


@pytest.mark.parametrize(
    ("output", "part"),
    [
        ("out.xlsx", "Use one of .csv, .tsv, .jsonl, .json, .parquet"),
        ("out", "ending"),
        ("out.csv.gz", "ending"),
        ("gone/out.csv", "folder does not exist"),
        ("folder.csv", "cannot be written"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_computed(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, part: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    monkeypatch.setattr(predictor, "predict", None)
    with pytest.raises(Problem, match=part) as caught:
        run(predictor, tmp_path / "not-even-looked-at.csv", tmp_path / output)
    assert str(tmp_path / output) in str(caught.value)


def test_a_file_that_is_not_there(predictor: Predictor, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such file"):
        run(predictor, tmp_path / "gone.csv", tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_leaves_nothing(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "in.csv", ROWS)
    (tmp_path / "out.csv").write_text("from before")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Problem, match="No space left on device"):
        run(predictor, tmp_path / "in.csv", tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
    assert (tmp_path / "out.csv").read_text() == "from before"


@pytest.mark.parametrize("cells", [[3, "three", None], [1, [2], {"a": 4}], [2**70, 1, 1.5], [True, "x", 2]])
def test_columns_of_mixed_types_are_words_in_parquet(
    predictor: Predictor, tmp_path: Path, cells: list[Any]
) -> None:
    write(tmp_path / "in.jsonl", [{"text": "fine", "mixed": cell, "n": 7} for cell in cells])
    run(predictor, tmp_path / "in.jsonl", tmp_path / "out.parquet")
    rows = read(tmp_path / "out.parquet")
    assert [row["n"] for row in rows] == [7, 7, 7]
    expected = [cell if isinstance(cell, str | None) else json.dumps(cell) for cell in cells]
    assert [row["mixed"].replace(":", ": ") if row["mixed"] else None for row in rows] == expected


def test_a_file_of_blank_texts_alone(predictor: Predictor, tmp_path: Path) -> None:
    write(tmp_path / "in.csv", [{"text": " ", "n": "1"}, {"text": "", "n": "2"}])
    found = run(predictor, tmp_path / "in.csv", tmp_path / "out.parquet")
    assert (found.rows, found.labels) == (2, {})
    assert [row["predicted"] for row in read(tmp_path / "out.parquet")] == [None, None]


def test_the_output_is_brought_to_the_disk(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("os.fsync", lambda file: synced.append(Path(f"/proc/self/fd/{file}").readlink()))
    write(tmp_path / "in.csv", ROWS)
    run(predictor, tmp_path / "in.csv", tmp_path / "out.csv")
    assert synced == [tmp_path / ".out.csv.writing", tmp_path]
