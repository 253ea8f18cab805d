"""Arrow: an IPC file, a Feather file or an IPC stream → tables, with class names as in Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.data.formats.columnar.access import class_names, random_access, unreadable
from core.data.tables.table import ChunkSize, Table, check_column_names
from core.problems import Problem

_FILE_MAGIC = b"ARROW1"


def parse_arrow(path: Path, source: str, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
    """Read an Arrow file in slices of its batches. Positions are row numbers.

    Raises:
        Problem: the file is damaged or has no rows.
    """
    import pyarrow as pa

    done = 0
    try:
        with random_access(path, size) as place, _mapped(place) as file:
            for batch, share in _batches(file):
                if not done:
                    check_column_names(batch.schema.names, source)
                    names = class_names((batch.schema.metadata or {}).get(b"huggingface"))
                chosen = batch.select(list(columns)) if columns is not None else batch
                chosen.validate(full=True)  # offsets that point anywhere would crash
                step = _rows_at_once(chosen, size)
                for start in range(0, len(batch), step):
                    part = chosen.slice(start, step)
                    cells = {name: part.column(name).to_pylist() for name in part.schema.names}
                    rows = range(done + 1, done + len(part) + 1)
                    done += len(part)
                    table = Table(source, cells, rows, "row", read_share=share)
                    yield table.with_class_names({name: names[name] for name in cells if name in names})
    except (pa.ArrowException, OSError, ValueError, KeyError, ArithmeticError, MemoryError) as error:
        raise unreadable("Arrow", error, source) from None
    if not done:
        raise Problem("no rows", where=source, mend="Name a file with data.")


def _mapped(place: Any) -> Any:
    import pyarrow as pa

    return pa.memory_map(str(place)) if isinstance(place, Path) else pa.PythonFile(place, "r")


def _batches(file: Any) -> Iterator[tuple[Any, float]]:
    """The batches with rows, each with the share of the file up to its end."""
    import pyarrow as pa

    is_file = file.read(len(_FILE_MAGIC)) == _FILE_MAGIC
    file.seek(0)
    if is_file:
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches):
            if len(batch := reader.get_batch(number)):
                yield batch, (number + 1) / reader.num_record_batches
        return
    size = max(1, file.size())
    for batch in pa.ipc.open_stream(file):
        if len(batch):
            yield batch, min(1.0, file.tell() / size)


def _rows_at_once(batch: Any, size: ChunkSize) -> int:
    """Rows of a slice that stays within the size of a chunk, if every row is like the average."""
    import pyarrow as pa
    import pyarrow.compute as pc

    longest = batch.nbytes / len(batch)
    for column in batch.columns:
        # A dictionary stores a repeated text once, so its size says little about its rows.
        if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type):
            longest = max(longest, pc.max(pc.binary_length(column.dictionary)).as_py() or 1)
    return max(1, min(size.rows, int(size.characters / max(1, longest))))
