"""Parquet: bytes to a table, with the class names that data sets of the Hub keep in the file."""

import json

from core.data.table import Table, shortened
from core.problems import Problem


def parse_parquet(data: bytes, source: str) -> Table:
    """Read a Parquet file. Rows have no lines: they are counted.

    Raises:
        Problem: the file is damaged or has no rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        content = pq.read_table(pa.BufferReader(data))
        columns = {name: content.column(name).to_pylist() for name in content.column_names}
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        reason = shortened(" ".join(str(error).split()).partition(". ")[0], 150)
        raise Problem(
            f"the Parquet file cannot be read ({reason})", where=source, mend="Copy or write it again."
        ) from None
    if not content.num_rows:
        raise Problem("there are no rows", where=source, mend="Name a file that holds data.")
    table = Table(source, columns, list(range(1, content.num_rows + 1)), "row")
    names = _class_names((content.schema.metadata or {}).get(b"huggingface"))
    return table.with_class_names({column: names[column] for column in columns if column in names})


def _class_names(metadata: bytes | None) -> dict[str, list[str]]:
    """Class names by column, from the note that the `datasets` library leaves in its files."""
    try:
        features = json.loads(metadata or b"{}")["info"]["features"]
        return {
            column: [str(name) for name in feature["names"]]
            for column, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}  # the note is a courtesy: without it the classes keep their numbers
