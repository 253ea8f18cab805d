"""Data with a column of label cells, and what is read from it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_files import write

from core.config import build_config
from core.data.splits import DataSplits, load_splits
from core.problems import Problem

ROWS = 24


def column(cells: list[Any], name: str = "labels", **others: list[Any]) -> dict[str, list[Any]]:
    """Rows that repeat the cells, with a text each."""
    found = {"text": [f"text number {row} of some" for row in range(ROWS)]}
    for key, values in {name: cells, **others}.items():
        found[key] = [values[row % len(values)] for row in range(ROWS)]
    return found


def load(folder: Path, columns: dict[str, list[Any]], extension: str = "jsonl", **options: Any) -> DataSplits:
    path = write(folder, f"data.{extension}", columns)
    return load_splits(build_config({"data": {"train": path, **options}}).data, seed=1)


def sets_of(splits: DataSplits) -> set[tuple[str, ...]]:
    """The distinct label sets, as names."""
    rows = np.concatenate([part.label_ids[:] for part in (splits.train, splits.validation)])
    return {tuple(splits.labels[number] for number in np.flatnonzero(row)) for row in rows}


def problem_of(folder: Path, columns: dict[str, list[Any]], extension: str = "jsonl", **options: Any) -> str:
    with pytest.raises(Problem) as caught:
        load(folder, columns, extension, **options)
    return str(caught.value)
