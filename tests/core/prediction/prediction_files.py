"""Helpers for the tests of predict --file: read and write every format, run a task to its end."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.config import ReadingConfig
from core.prediction.files import FileTask
from core.prediction.predictor import Predictor
from core.protocol import FilePredictions


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


def ignore(message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
    """Ignore progress."""


def classify(
    predictor: Predictor, file: Path, output: Path, *, overwrite: bool = False, **options: Any
) -> FilePredictions:
    task = FileTask.prepare(str(file), str(output), reading=ReadingConfig(**options), overwrite=overwrite)
    return task.run(predictor, ignore)
