"""predict --file: every row is written with its prediction, in every format."""

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prediction_files import classify, ignore, read, write

from core.config import ReadingConfig
from core.prediction import progress, windows
from core.prediction.files import FileTask
from core.prediction.predictor import Output, Predictor
from core.prediction.row_formats import SUFFIXES
from core.prediction.windows import ahead
from core.problems import Problem
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


@pytest.fixture
def many_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "CHARACTERS", 500)


@pytest.mark.parametrize("output_extension", SUFFIXES)
@pytest.mark.parametrize("extension", [".csv", ".tsv", ".jsonl", ".json", ".parquet"])
def test_rows_and_columns_are_preserved(
    predictor: Predictor, tmp_path: Path, extension: str, output_extension: str
) -> None:
    file, output = tmp_path / f"in{extension}", tmp_path / f"out{output_extension}"
    write(file, ROWS)
    found = classify(predictor, file, output)
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
    reason = "text column 'text': chosen by name (--text-column overrules it)."
    assert (found.text_column, found.reasons) == ("text", [reason])
    assert "empty text, 1 in all. Empty texts get no label." in found.warnings[0]
    assert (found.truncated, found.beginning) == (1, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file.name, output.name])


@pytest.mark.usefixtures("many_windows")
@pytest.mark.parametrize("extension", SUFFIXES)
def test_many_windows_give_the_same_output_as_one(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    rows = [row | {"id": str(number)} for number, row in enumerate(ROWS * 12)]
    write(tmp_path / "in.csv", rows)
    many = classify(predictor, tmp_path / "in.csv", tmp_path / f"many{extension}")
    monkeypatch.setattr(windows, "CHARACTERS", 1 << 20)
    one = classify(predictor, tmp_path / "in.csv", tmp_path / f"one{extension}")
    assert (many.rows, many.labels, many.truncated) == (48, one.labels, one.truncated)
    assert many.warnings == one.warnings
    found, expected = read(tmp_path / f"many{extension}"), read(tmp_path / f"one{extension}")
    for row, other in zip(found, expected, strict=True):
        probability, other_probability = row.pop("probability"), other.pop("probability")
        assert row == other
        assert float(probability or 0) == pytest.approx(float(other_probability or 0), abs=2e-6)


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.mark.parametrize("extension", SUFFIXES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=8))
def test_any_cell_content_is_preserved(
    predictor: Predictor, tmp_path: Path, extension: str, rows: list[tuple[str, str]]
) -> None:
    given_rows = [{"text": text, "note": note} for text, note in rows]
    write(tmp_path / "in.jsonl", given_rows)
    classify(
        predictor, tmp_path / "in.jsonl", tmp_path / f"out{extension}", text_column="text", overwrite=True
    )
    found = read(tmp_path / f"out{extension}")
    assert [{key: row[key] for key in ("text", "note")} for row in found] == given_rows


def test_columns_with_the_names_of_output_columns_are_renamed(predictor: Predictor, tmp_path: Path) -> None:
    write(tmp_path / "in.csv", [{"text": "fine", "predicted": "old", "predicted_": "older"}])
    classify(predictor, tmp_path / "in.csv", tmp_path / "out.csv")
    (row,) = read(tmp_path / "out.csv")
    assert (row["predicted__"], row["predicted_"]) == ("old", "older")
    assert row["predicted"] in predictor.labels


def test_values_keep_their_types(predictor: Predictor, tmp_path: Path) -> None:
    rows = [{"text": "fine", "n": 3, "tags": ["a", "b"], "none": None}]
    write(tmp_path / "in.jsonl", rows)
    classify(predictor, tmp_path / "in.jsonl", tmp_path / "out.jsonl", text_column="text")
    (row,) = read(tmp_path / "out.jsonl")
    assert {key: row[key] for key in rows[0]} == rows[0]


def test_values_without_a_csv_form_are_written_as_json(predictor: Predictor, tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", [{"text": "fine", "n": 3, "yes": True, "tags": ["a", {"b": 1}], "no": None}])
    classify(predictor, tmp_path / "in.jsonl", tmp_path / "out.csv", text_column="text")
    (row,) = read(tmp_path / "out.csv")
    assert [row[key] for key in ("n", "yes", "tags", "no")] == ["3", "true", '["a",{"b":1}]', ""]


@pytest.mark.usefixtures("many_windows")
@pytest.mark.parametrize("cells", [[3, "three", None], [1, [2], {"a": 4}], [2**70, 1, 1.5], [True, "x", 2]])
@pytest.mark.parametrize("apart", [False, True])
def test_columns_of_mixed_types_are_strings_in_parquet(
    predictor: Predictor, tmp_path: Path, cells: list[Any], apart: bool
) -> None:
    text = "fine " * (100 if apart else 1)  # long enough for one window per row
    write(tmp_path / "in.jsonl", [{"text": text, "mixed": cell, "n": 7} for cell in cells])
    classify(predictor, tmp_path / "in.jsonl", tmp_path / "out.parquet", text_column="text")
    rows = read(tmp_path / "out.parquet")
    assert [row["n"] for row in rows] == [7, 7, 7]
    expected = [cell if isinstance(cell, str | None) else json.dumps(cell) for cell in cells]
    assert [row["mixed"].replace(":", ": ") if row["mixed"] else None for row in rows] == expected


@pytest.mark.usefixtures("many_windows")
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([None, 1, None], [None, 1, None]),
        ([1, 2.5, None], [1.0, 2.5, None]),
        ([[], ["a"], None], [[], ["a"], None]),
        ([{"a": 1}, {"b": "x"}, {}], [{"a": 1, "b": None}, {"a": None, "b": "x"}, {"a": None, "b": None}]),
        ([{}, {}, None], ["{}", "{}", None]),
        ([2**60 + 1, 1.5, None], [str(2**60 + 1), "1.5", None]),
    ],
)
def test_the_type_of_a_column_is_found_across_all_windows(
    predictor: Predictor, tmp_path: Path, cells: list[Any], expected: list[Any]
) -> None:
    write(tmp_path / "in.jsonl", [{"text": "fine " * 100, "mixed": cell} for cell in cells])
    classify(predictor, tmp_path / "in.jsonl", tmp_path / "out.parquet", text_column="text")
    assert [row["mixed"] for row in read(tmp_path / "out.parquet")] == expected


def test_a_file_with_only_blank_texts(predictor: Predictor, tmp_path: Path) -> None:
    write(tmp_path / "in.csv", [{"text": " ", "n": "1"}, {"text": "", "n": "2"}])
    found = classify(predictor, tmp_path / "in.csv", tmp_path / "out.parquet")
    assert (found.rows, found.labels) == (2, {})
    assert [row["predicted"] for row in read(tmp_path / "out.parquet")] == [None, None]


@pytest.mark.parametrize(
    ("output", "part"),
    [
        ("out.xlsx", "Use one of .csv, .tsv, .jsonl, .json, .parquet"),
        ("out", "unsupported file extension"),
        ("out.csv.gz", "unsupported file extension"),
        ("gone/out.csv", "folder does not exist"),
        ("folder.csv", "cannot be written"),
        ("there.csv", "the file already exists.*--overwrite"),
        ("in.csv", "the output is the file that is read"),
        ("same.csv", "the output is the file that is read"),
    ],
)
def test_an_invalid_output_is_rejected_before_a_classifier_is_loaded(
    tmp_path: Path, output: str, part: str
) -> None:
    write(tmp_path / "in.csv", ROWS)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "there.csv").touch()
    (tmp_path / "same.csv").symlink_to(tmp_path / "in.csv")
    with pytest.raises(Problem, match=part) as caught:
        FileTask.prepare(str(tmp_path / "in.csv"), str(tmp_path / output))
    assert str(tmp_path / output) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "options", "part"),
    [
        ("gone.csv", {}, "no such file"),
        ("in.csv", {"text_column": "body"}, "body"),
        ("in.csv", {"encoding": "klingon"}, "unknown encoding"),
    ],
)
def test_an_invalid_input_file_is_rejected_before_a_classifier_is_loaded(
    tmp_path: Path, name: str, options: dict[str, Any], part: str
) -> None:
    write(tmp_path / "in.csv", ROWS)
    with pytest.raises(Problem, match=part):
        FileTask.prepare(str(tmp_path / name), str(tmp_path / "out.csv"), reading=ReadingConfig(**options))
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_preparing_a_task_does_not_import_the_heavy_libraries() -> None:
    program = "import sys; import core.prediction.files; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-P", "-c", program], text=True).split()
    assert {"torch", "transformers", "tokenizers"}.isdisjoint(loaded)


def test_the_input_file_is_never_overwritten(predictor: Predictor, tmp_path: Path) -> None:
    write(tmp_path / "in.csv", ROWS)
    with pytest.raises(Problem, match="never replaced"):
        classify(predictor, tmp_path / "in.csv", tmp_path / "in.csv", overwrite=True)
    assert len(read(tmp_path / "in.csv")) == 4


def test_an_existing_output_is_replaced_with_overwrite(predictor: Predictor, tmp_path: Path) -> None:
    write(tmp_path / "in.csv", ROWS)
    (tmp_path / "out.csv").write_text("from before")
    assert classify(predictor, tmp_path / "in.csv", tmp_path / "out.csv", overwrite=True).rows == 4
    assert len(read(tmp_path / "out.csv")) == 4


def test_an_output_created_during_the_run_is_not_replaced(predictor: Predictor, tmp_path: Path) -> None:
    """The predictions are kept, so the same command can continue."""
    write(tmp_path / "in.csv", ROWS)
    task = FileTask.prepare(str(tmp_path / "in.csv"), str(tmp_path / "out.csv"))
    (tmp_path / "out.csv").write_text("of somebody else")
    with pytest.raises(Problem, match="--overwrite"):
        task.run(predictor, ignore)
    assert (tmp_path / "out.csv").read_text() == "of somebody else"
    found = classify(predictor, tmp_path / "in.csv", tmp_path / "out.csv", overwrite=True)
    assert (found.beginning, found.rows) == ("continues after 4 rows", 4)


def test_the_output_and_its_folder_are_synced(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("os.fsync", lambda file: synced.append(Path(f"/proc/self/fd/{file}").readlink()))
    write(tmp_path / "in.csv", ROWS)
    classify(predictor, tmp_path / "in.csv", tmp_path / "out.csv")
    assert synced == [tmp_path / ".out.csv.writing", tmp_path]


@pytest.mark.usefixtures("many_windows")
def test_progress_never_decreases(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    write(tmp_path / "in.csv", ROWS * 40)
    reported: list[tuple[str, int, int]] = []

    def on_progress(message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
        reported.append((message, done, total))

    FileTask.prepare(str(tmp_path / "in.csv"), str(tmp_path / "out.csv")).run(predictor, on_progress)
    size = (tmp_path / "in.csv").stat().st_size
    shares = [done for _, done, _ in reported]
    assert len(reported) > 40
    assert (shares, shares[-1]) == (sorted(shares), size)
    assert {total for _, _, total in reported} == {size}
    assert reported[0][0] == "0 rows"
    assert reported[-1][0].startswith("160 rows, ")
    rows = [int(message.split(" ")[0]) for message, _, _ in reported]
    assert rows == sorted(rows)


class ConstantPredictor:
    """A stand-in predictor with constant answers that cost nothing."""

    obstacle = ""

    def __init__(self, real: Predictor) -> None:
        self.source, self.labels, self.encode = real.source, real.labels, real.encode

    def predict_tokens(self, tokens: Any, on_progress: object = None) -> Output:
        none = np.zeros(len(tokens), bool)
        found = np.tile(np.float32([0.25, 0.75]), (len(tokens), 1))
        return Output(np.log(found), found, found.argmax(1), tokens.full_lengths, tokens.unread, none, 0.0)


@pytest.mark.parametrize("extension", [".csv", ".jsonl", ".parquet"])
def test_memory_does_not_grow_with_the_file(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    monkeypatch.setattr(windows, "CHARACTERS", 1 << 14)
    constant: Any = ConstantPredictor(predictor)

    def peak(rows: int) -> int:
        file, output = tmp_path / f"{rows}{extension}", tmp_path / f"out-{rows}{extension}"
        write(file, [{"text": f"number {number}", "id": "x" * 100} for number in range(rows)])
        task = FileTask.prepare(str(file), str(output))
        tracemalloc.start()
        try:
            assert task.run(constant, ignore).rows == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(26_000) < 1.3 * peak(9_000)


def test_items_are_prefetched_in_order() -> None:
    made: list[int] = []

    def make() -> Any:
        for number in range(6):
            made.append(number)
            yield number
        raise Problem("there are no more")

    items = ahead(make(), 2)
    for number in range(6):
        assert next(items) == number
        assert len(made) <= number + 4
    with pytest.raises(Problem, match="no more"):
        next(items)


def test_nothing_more_is_prefetched_after_close() -> None:
    made: list[int] = []
    items = ahead((made.append(number) or number for number in range(1000)), 2)  # type: ignore[func-returns-value]
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert len(made) <= 4
