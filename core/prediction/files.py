"""Classify the texts of a file and write its rows, with what was predicted, to another."""

from __future__ import annotations

import csv
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from core.data.columns import Trained
from core.data.texts import TextFile, load_texts
from core.problems import Problem
from core.protocol import FilePredictions
from core.runs import durable

if TYPE_CHECKING:
    from core.prediction.predictor import Predictor

ENDINGS = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
_ADDED = ("predicted", "probability")


def predict_file(
    predictor: Predictor,
    file: Path,
    output: Path,
    *,
    text_column: str | None,
    encoding: str | None,
    on_progress: Callable[[int, int], None],
    trained: Trained | None = None,
) -> FilePredictions:
    """Write every row of `file` to `output` with two columns more: `predicted` and `probability`.

    They are empty where there is no text. The output has its whole content or is not there.

    Raises:
        Problem: the file cannot be read, or the output cannot be written.
    """
    began = time.perf_counter()
    check_output(output)
    texts = load_texts(str(file), text_column, encoding, trained)
    given = [text for text in texts.texts if text]
    found = predictor.predict(given, on_progress=lambda done: on_progress(done, len(given)))
    labels = [predictor.labels[index] for index in found.probabilities.argmax(axis=1)]
    highest = [round(value, 6) for value in found.probabilities.max(axis=1).tolist()]
    columns, rows = _with_predictions(texts, iter(zip(labels, highest, strict=True)))
    _write(output, columns, rows)
    return FilePredictions(
        rows=len(texts),
        output=str(output),
        text_column=texts.text_column,
        reasons=texts.reasons,
        step=predictor.source.step,
        which=predictor.source.which,
        labels=dict(Counter(labels).most_common()),
        truncated=int(found.truncated.sum()),
        seconds=time.perf_counter() - began,
        warnings=texts.warnings,
    )


def check_output(output: Path) -> None:
    """See to it that the output can be written before anything is computed.

    Raises:
        Problem: its ending is unknown, or there is no such folder, or it cannot be written to.
    """
    if output.suffix.lower() not in ENDINGS:
        raise Problem(
            "the format of the output is told by its ending, and this one is unknown",
            where=str(output),
            mend=f"Use one of {', '.join(ENDINGS)}.",
        )
    if not output.absolute().parent.is_dir():
        raise Problem("its folder does not exist", where=str(output), mend="Make the folder first.")
    if output.is_dir() or not os.access(output.absolute().parent, os.W_OK):
        raise Problem("it cannot be written", where=str(output), mend="Choose another --output.")


def _with_predictions(
    texts: TextFile, predictions: Iterator[tuple[str, float]]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows of the output; a column of the input that has a name of ours is kept as `name_`."""
    columns = [f"{column}_" if column in _ADDED else column for column in texts.columns] + list(_ADDED)
    rows = [
        (*row, *(next(predictions) if text else (None, None)))
        for row, text in zip(texts.rows, texts.texts, strict=True)
    ]
    return columns, rows


def _write(output: Path, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    beside = output.with_name(f".{output.name}.writing")
    try:
        if output.suffix.lower() == ".parquet":
            _write_parquet(beside, columns, rows)
        else:
            with beside.open("w", encoding="utf-8", newline="") as stream:
                _WRITERS[output.suffix.lower()](stream, columns, rows)
        durable.put_in_place(beside, output)
    except OSError as error:
        raise Problem(f"it cannot be written ({error.strerror})", where=str(output)) from None
    finally:
        beside.unlink(missing_ok=True)


def _write_csv(stream: TextIO, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _write_tsv(stream: TextIO, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _write_jsonl(stream: TextIO, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    for row in rows:
        stream.write(_json(dict(zip(columns, row, strict=True))) + "\n")


def _write_json(stream: TextIO, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    stream.write(_json([dict(zip(columns, row, strict=True)) for row in rows]) + "\n")


def _write_parquet(path: Path, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def typed(cells: tuple[Any, ...]) -> pa.Array:
        try:
            return pa.array(cells)
        except (pa.ArrowException, OverflowError):
            # A column of Parquet has one type: numbers among words, as JSON may have them, become words.
            texts = (cell if isinstance(cell, str | None) else _json(cell) for cell in cells)
            return pa.array(list(texts), pa.string())

    cells = list(zip(*rows, strict=True)) or [() for _ in columns]
    try:
        pq.write_table(pa.table(list(map(typed, cells)), columns), path)
    except pa.ArrowException as error:
        raise Problem(
            f"these rows cannot be written as Parquet ({error})",
            mend="Choose an --output that ends in .jsonl.",
        ) from error


def _json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


_WRITERS: dict[str, Callable[[TextIO, list[str], list[tuple[Any, ...]]], None]] = {
    ".csv": _write_csv,
    ".tsv": _write_tsv,
    ".jsonl": _write_jsonl,
    ".json": _write_json,
}
