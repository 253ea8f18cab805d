"""Data given to the public functions: paths and names as they are, objects in memory as Parquet files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.config import Values
from core.problems import Problem

if TYPE_CHECKING:
    from datasets import Dataset

Example = tuple[str | tuple[str, str], str | int | bool | Sequence[str]]
"""A text (or text pair) with its label (or labels)."""
Data = str | Path | list[Example] | Any
"""A path, the name of a data set on the Hub, a list of examples, a `datasets.Dataset`, or a pandas or polars
frame (any table with the Arrow stream interface)."""

_TEXTS = 'Write examples as [("a fine film", "positive"), …].'
_PAIRS = 'Write examples as [(("a premise", "a hypothesis"), "entailed"), …].'
_SPLITS = ("train", "validation", "test")
_ROWS = 10_000
# pandas adds its index under such a name unless it is a plain range.
_INDEX = "__index_level_"


def data_layer(splits: Mapping[str, Data | None], folder: Path) -> Values:
    """Make the `data` section of a configuration.

    Args:
        splits: data by split name; a mapping under `train` (such as a `DatasetDict`) brings all its splits.
        folder: where data from memory are written, one Parquet file for each split. Made if needed.

    Raises:
        Problem: the data are of an unsupported type.
        OSError: a file cannot be written.
    """
    named = {name: data for name, data in splits.items() if data is not None}
    train = named.get("train")
    if isinstance(train, Mapping):
        named = {name: train[name] for name in _SPLITS if name in train} | {
            name: data for name, data in named.items() if name != "train"
        }
    section: dict[str, Any] = {}
    for name, data in named.items():
        if isinstance(data, str | Path):
            section[name] = str(data)
        else:
            section[name], columns = _write(data, folder, name)
            section |= columns
    return {"data": section}


def files_of(folder: Path) -> dict[str, str]:
    """Return the files that `data_layer` writes into `folder`, with the names of their splits."""
    return {str(folder / f"{split}.parquet"): split for split in _SPLITS}


def _write(data: Data, folder: Path, split: str) -> tuple[str, dict[str, str]]:
    """Write one split; return its path and the settings that name its columns, if they are known."""
    batches, columns = _batches(data, split)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{split}.parquet"
    first = next(batches, None)
    if first is None or not first.num_rows:
        raise Problem("there are no examples", where=split, mend="Give at least one example of each label.")
    with pq.ParquetWriter(path, first.schema) as writer:
        for batch in chain([first], batches):
            writer.write_table(batch)
    path.chmod(0o600)
    return str(path), columns


def _batches(data: Data, split: str) -> tuple[Iterator[pa.Table], dict[str, str]]:
    if isinstance(data, list | tuple):
        return _of_examples(data, split)
    datasets = sys.modules.get("datasets")
    if datasets is not None and isinstance(data, datasets.Dataset):
        return _of_dataset(data), {}
    if hasattr(data, "__arrow_c_stream__"):
        table = pa.table(data)
        kept = [name for name in table.column_names if not name.startswith(_INDEX)]
        return iter([table.select(kept)]), {}
    raise Problem(
        f"data of type {type(data).__name__} are not supported",
        where=split,
        mend="Give a path, a list of (text, label) tuples, a pandas or polars frame, or a datasets.Dataset.",
    )


def _of_examples(data: Sequence[Example], split: str) -> tuple[Iterator[pa.Table], dict[str, str]]:
    width = _width(data[0]) if data else 1
    for number, example in enumerate(data):
        if (found := _width(example)) != width or not found:
            raise Problem(
                _fault(found, width),
                where=f"{split}, example {number}",
                mend=_PAIRS if width == 2 else _TEXTS,
            )
    columns: dict[str, list[Any]]
    if width == 2:
        columns = {"first": [text[0] for text, _ in data], "second": [text[1] for text, _ in data]}
    else:
        columns = {"text": [text for text, _ in data]}
    names = {"text_column": ",".join(columns), "label_column": "label"}
    try:
        table = pa.table(columns | {"label": [label for _, label in data]})
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise Problem(
            f"labels are not all of one type ({error})",
            where=split,
            mend="Give labels all as strings, as integers or as lists of strings.",
        ) from None
    return iter([table]), names


def _width(example: Any) -> int:
    """Return 1 for an example with a single text, 2 for a text pair, 0 for anything else.

    A missing text (None) counts as one: it is reported with the row, as in a file.
    """
    if not isinstance(example, tuple | list) or len(example) != 2:
        return 0
    text = example[0]
    if text is None or isinstance(text, str):
        return 1
    is_pair = isinstance(text, tuple | list) and len(text) == 2
    return 2 if is_pair and all(part is None or isinstance(part, str) for part in text) else 0


def _fault(found: int, expected: int) -> str:
    if not found:
        return "this is not a tuple of a text (or text pair) and its label"
    if expected == 2:
        return "this is a single text among text pairs"
    return "this is a text pair among single texts"


def _of_dataset(data: Dataset) -> Iterator[pa.Table]:
    # The schema names the classes of a ClassLabel column.
    schema = data.features.arrow_schema
    for batch in data.with_format("arrow").iter(batch_size=_ROWS):
        yield batch.cast(schema)
