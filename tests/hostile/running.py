"""Try the files of the corpus: paths as a JSON list on stdin, one line of JSON per file on stdout.

Each trial is forked from this small process, so that its memory is measured alone.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

# Imported here once, so that trials do not import them.
import pyarrow.compute
import pyarrow.parquet  # noqa: F401

from tests.hostile.trying import Trial, attempt, read_as_data


def run(paths: Sequence[Path]) -> Iterator[tuple[Path, Trial]]:
    """Yield each file with the outcome of reading it."""
    for path in paths:
        yield path, attempt(lambda path=path: read_as_data(path))  # type: ignore[misc]


if __name__ == "__main__":
    listed = [Path(line) for line in json.load(sys.stdin)]
    for found, trial in run(listed):
        print(json.dumps({"name": found.name, **asdict(trial)}), flush=True)
