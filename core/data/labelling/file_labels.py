"""Several files as one split: numbers as labels in one file, and names in another."""

import re
from collections.abc import Mapping

from core.data.examples.index import ExampleIndex
from core.data.labels.names import kind_of
from core.problems import Problem
from core.text.plain import quoted

_LINE = re.compile(r"(.+)(:\d+|, row \d+)", re.DOTALL)
_SHOWN = 5


def name_numbers(index: ExampleIndex, names: Mapping[str, str]) -> tuple[ExampleIndex, list[str]]:
    """Give numbers among names the names that they are known to stand for.

    Args:
        index: of the training data.
        names: by number; empty if they are not known.

    Returns:
        The index, and what was assumed.

    Raises:
        Problem: what the numbers of one file stand for in the names of another is not known.
    """
    numbers = [label for label in index.counts if kind_of([label]) == "integer"]
    words = [label for label in index.counts if label not in numbers]
    if not numbers or not words:
        return index, []
    if set(words) <= set(names.values()) and set(numbers) <= set(names):
        pairs = ", ".join(f"{number!r} as {names[number]!r}" for number in numbers[:_SHOWN])
        more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
        renamed = index.renamed([names[label] if label in numbers else label for label in index.labels])
        return renamed, [f"{index.source}: labels are matched: {pairs}{more} (the label names say so)."]
    if not all(0 <= int(float(number)) <= max(len(words), len(numbers)) for number in numbers):
        return index, []  # a name such as 2024
    with_numbers, with_words = ({_file(index, label) for label in each} for each in (numbers, words))
    if "" in with_numbers | with_words or with_numbers & with_words:
        return index, []
    first, second = min(with_numbers), min(with_words)
    raise Problem(
        f"{first} has the labels {quoted(sorted(numbers, key=float), _SHOWN)}, "
        f"but {second} has {quoted(sorted(words), _SHOWN)}",
        where=index.source,
        mend="If the numbers stand for the names, give the names of 0, 1, 2, … in order with --label-names. "
        "If all are labels as they stand, join the files to one.",
    )


def _file(index: ExampleIndex, label: str) -> str:
    """The file of the first example with a label, of several with lines or rows; else empty."""
    found = _LINE.fullmatch(index.name_place(index.first_lines[label])) if index.name_place else None
    return found[1] if found else ""
