"""Examples for the benchmarks: drawn from a file, repeated or synthetic; written as plain CSV."""

import csv
import itertools
import lzma
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.runs.start import SAMPLE_DATA

Document = tuple[str, str]
"""A text and its label."""

TRAINING_SAMPLE = SAMPLE_DATA / "reviews_train.csv"
TEST_SAMPLE = SAMPLE_DATA / "reviews_test.csv"


def read(path: Path, text: str = "text", label: str = "label") -> list[Document]:
    """Read all examples of a CSV file, which may be compressed by xz."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as stream:
        return [(row[text], row[label]) for row in csv.DictReader(stream)]


def write(path: Path, documents: Iterable[Document]) -> Path:
    """Write a CSV file with the columns text and label."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "label"))
        writer.writerows(documents)
    return path


def draw(documents: Sequence[Document], count: int, seed: int) -> list[Document]:
    """Draw `count` examples in random order; none is repeated before all have been drawn once."""
    order = random.Random(seed).sample(range(len(documents)), len(documents))
    return [documents[index] for index in itertools.islice(itertools.cycle(order), count)]


def repeat(documents: Sequence[Document], count: int) -> Iterator[Document]:
    """Cycle through the examples until there are `count`."""
    return itertools.islice(itertools.cycle(documents), count)


def with_all_labels(documents: Sequence[Document], count: int) -> list[Document]:
    """The first `count` examples, plus as many others as needed for two examples of each label."""
    found = list(documents[:count])
    seen = Counter(label for _, label in found)
    for text, label in documents[count:]:
        if seen[label] < 2:
            found.append((text, label))
            seen[label] += 1
    return found
