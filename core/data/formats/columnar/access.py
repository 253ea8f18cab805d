"""What Arrow and Parquet files share: random access, class names, and errors."""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.data.formats.content import Content
from core.data.formats.file_types import COMPRESSIONS
from core.data.tables.table import ChunkSize
from core.problems import Problem
from core.text.plain import shortened


@contextlib.contextmanager
def random_access(path: Path, size: ChunkSize) -> Iterator[Any]:
    """The path of a file, or of a compressed one a temporary file with its content."""
    if path.suffix.lower() not in COMPRESSIONS:
        yield path
        return
    with tempfile.TemporaryFile() as file, Content(path) as content:
        for block in content.blocks(size.block):
            file.write(block)
        file.seek(0)
        yield file


def class_names(metadata: bytes | None) -> dict[str, list[str]]:
    """Class names by column, from the metadata that the `datasets` library stores with a schema."""
    try:
        return names_of_features(json.loads(metadata or b"{}")["info"]["features"])
    except (ValueError, LookupError, TypeError):
        return {}  # without valid metadata the classes keep their numbers


def names_of_features(features: Any) -> dict[str, list[str]]:
    """Class names by column, from features as the `datasets` library describes them."""
    try:
        return {
            column: [str(name) for name in feature["names"]]
            for column, feature in ((column, _item_feature(feature)) for column, feature in features.items())
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}


def unreadable(kind: str, error: Exception, source: str) -> Problem:
    """A file of this kind that cannot be read."""
    reason = shortened(" ".join(str(error).split()).partition(". ")[0], 150)
    return Problem(f"cannot read the {kind} file ({reason})", where=source, mend="Copy or write it again.")


def _item_feature(feature: Any) -> Any:
    """The feature of the items of a list column; any other feature as it is."""
    return feature.get("feature", feature) if isinstance(feature, dict) else feature
