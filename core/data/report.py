"""What a person is told about data before a run: a quick inspection, and the full report."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from core.config import DataConfig
from core.data.columns import find_columns
from core.data.gathering import Gathered, Part, divide, gather
from core.data.groups import count_conflicts, count_duplicates, count_shared
from core.data.sources import open_sources
from core.data.table import Cell, shortened
from core.problems import Problem
from core.protocol import DataReport, Inspection, LengthReport, SplitReport

_PREVIEW_ROWS = 8
_PREVIEW_CHARACTERS = 200

Counting = Callable[[list[str]], Sequence[int] | npt.NDArray[np.integer]]


def inspect(config: DataConfig) -> Inspection:
    """Look at the data: columns, labels, the first rows, and what would keep a run from starting.

    Raises:
        Problem: the training data cannot be read at all.
    """
    sources = open_sources(config)
    train = sources["train"]
    columns = find_columns(train.head, config.text_column, config.label_column)
    labels: dict[str, int] = {}
    try:
        gathered = gather(sources, config)
        rows = gathered.rows["train"]
        total, labels = rows.total, {label: rows.counts[label] for label in gathered.labels}
        problems, columns = gathered.problems, gathered.columns
    except Problem as problem:
        total = sum(map(len, train.reader.chunks(list(train.head.columns)[:1])))
        problems = [problem]
    return Inspection(
        sources={name: source.reader.source for name, source in sources.items()},
        columns=list(train.head.columns),
        text_column=columns.text,
        label_column=columns.label,
        reasons=columns.reasons,
        rows=total,
        labels=labels,
        preview=[
            [_preview(cells[row]) for cells in train.head.columns.values()]
            for row in range(min(_PREVIEW_ROWS, len(train.head)))
        ],
        problems=[str(problem) for problem in problems],
    )


def report(
    config: DataConfig,
    count_tokens: Counting,
    tokenizer_name: str,
    max_length: int,
    seed: int,
) -> DataReport:
    """Rows, labels, lengths and duplicates of each split as a run would use it.

    Where there are problems, which would keep a run from starting, the splits are as the sources have them.
    Where texts cannot be counted there are no lengths, and a warning says why.

    Args:
        config: where the data is and how it is read.
        count_tokens: the length of each text in tokens, special tokens included, nothing cut off; it raises
            a Problem where it cannot count.
        tokenizer_name: what `count_tokens` counts by.
        max_length: longest text in tokens that the model is to read.
        seed: decides which rows are set aside when there is no validation split.

    Raises:
        Problem: the data cannot be read, or its columns cannot be told.
    """
    gathered = gather(open_sources(config), config)
    parts, problems, warnings = _parts(gathered, config, seed)
    lengths: dict[str, LengthReport] = {}
    tokenizer: str | None = tokenizer_name
    try:
        for name, part in parts.items():
            if len(part.texts):
                lengths[name] = _lengths(part, count_tokens, max_length)
    except Problem as problem:
        tokenizer = None
        warnings = [*warnings, f"Lengths in tokens are not counted. {problem}"]
    return DataReport(
        text_column=gathered.columns.text or "",
        label_column=gathered.columns.label or "",
        reasons=gathered.columns.reasons,
        tokenizer=tokenizer,
        max_length=max_length,
        splits=[
            SplitReport(
                name=name,
                source=part.source,
                rows=len(part.texts),
                labels=_count_labels(part.counts, gathered.labels),
                lengths=lengths.get(name),
                duplicates=count_duplicates(part.keys),
                conflicting=count_conflicts(part.keys, part.numbers),
            )
            for name, part in parts.items()
        ],
        across={
            f"{first}/{second}": count_shared(parts[first].keys, parts[second].keys)
            for first, second in combinations(parts, 2)
        },
        warnings=warnings,
        problems=problems,
        dropped=gathered.dropped,
    )


def _parts(gathered: Gathered, config: DataConfig, seed: int) -> tuple[dict[str, Part], list[str], list[str]]:
    """The splits to report on, problems, and warnings."""
    problems = gathered.problems
    if not problems:
        try:
            parts, warnings = divide(gathered, config, seed)
            return parts, [], gathered.warnings + warnings
        except Problem as problem:
            problems = [problem]
    whole = {name: Part.whole(rows) for name, rows in gathered.rows.items()}
    return whole, list(map(str, problems)), gathered.warnings


def _count_labels(counts: dict[str, int], known: list[str]) -> dict[str, int]:
    """Rows by label: the known ones first, then others that occur."""
    others = sorted(label for label, count in counts.items() if count and label not in known)
    return {label: counts.get(label, 0) for label in (*known, *others)}


def _lengths(part: Part, count_tokens: Counting, max_length: int) -> LengthReport:
    lengths = np.concatenate([np.asarray(count_tokens(texts), np.int64) for texts in part.texts.chunks()])
    lengths.sort()
    return LengthReport(
        median=int(lengths[(len(lengths) - 1) // 2]),
        mean=float(lengths.mean()),
        p95=int(lengths[int(0.95 * (len(lengths) - 1))]),
        longest=int(lengths[-1]),
        truncated=int(np.count_nonzero(lengths > max_length)),
        tokens_cut=float(np.maximum(lengths - max_length, 0).sum() / max(1, lengths.sum())),
    )


def _preview(cell: Cell) -> str:
    return "" if cell is None else shortened(str(cell), _PREVIEW_CHARACTERS)
