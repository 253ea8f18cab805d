"""What a person is told about data before a run: a quick inspection, and the full report."""

from collections import Counter
from collections.abc import Callable
from statistics import fmean

from core.config import DataConfig
from core.data.checks import count_conflicts, count_shared
from core.data.columns import find_columns
from core.data.rows import normalized
from core.data.sources import read_sources
from core.data.splits import Gathered, divide, gather
from core.data.table import Cell, shortened
from core.problems import Problem
from core.protocol import DataReport, Inspection, LengthReport, SplitReport

_PREVIEW_ROWS = 8
_PREVIEW_CHARACTERS = 200

Counting = Callable[[list[str]], list[int]]
Part = tuple[str, list[str], list[str]]  # source, texts, label names


def inspect(config: DataConfig) -> Inspection:
    """Look at the data: columns, labels, the first rows, and what would keep a run from starting.

    Raises:
        Problem: the training data cannot be read at all.
    """
    sources = read_sources(config)
    train = sources["train"].table
    columns = find_columns(train, config.text_column, config.label_column)
    labels: dict[str, int] = {}
    try:
        gathered = gather(sources, config)
        counts = Counter(gathered.rows["train"].labels)
        labels = {label: counts[label] for label in gathered.labels}
        problems = gathered.problems
    except Problem as problem:
        problems = [problem]
    return Inspection(
        sources={name: source.table.source for name, source in sources.items()},
        columns=list(train.columns),
        text_column=columns.text,
        label_column=columns.label,
        reasons=columns.reasons,
        rows=len(train),
        labels=labels,
        preview=[
            [_preview(cells[row]) for cells in train.columns.values()]
            for row in range(min(_PREVIEW_ROWS, len(train)))
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
    gathered = gather(read_sources(config), config)
    parts, problems, warnings = _parts(gathered, config, seed)
    lengths: dict[str, LengthReport] = {}
    tokenizer: str | None = tokenizer_name
    try:
        for name, (_, texts, _) in parts.items():
            if texts:
                lengths[name] = _lengths(count_tokens(texts), max_length)
    except Problem as problem:
        tokenizer = None
        warnings = [*warnings, f"Lengths in tokens are not counted. {problem}"]
    keys = {name: [normalized(text) for text in texts] for name, (_, texts, _) in parts.items()}
    return DataReport(
        text_column=gathered.columns.text or "",
        label_column=gathered.columns.label or "",
        reasons=gathered.columns.reasons,
        tokenizer=tokenizer,
        max_length=max_length,
        splits=[
            SplitReport(
                name=name,
                source=source,
                rows=len(texts),
                labels=_count_labels(labels, gathered.labels),
                lengths=lengths.get(name),
                duplicates=len(texts) - len(set(keys[name])),
                conflicting=count_conflicts(keys[name], labels),
            )
            for name, (source, texts, labels) in parts.items()
        ],
        across={"/".join(pair): count for pair, count in count_shared(keys).items()},
        warnings=warnings,
        problems=problems,
        dropped=gathered.dropped,
    )


def _parts(gathered: Gathered, config: DataConfig, seed: int) -> tuple[dict[str, Part], list[str], list[str]]:
    """The splits to report on, problems, and warnings."""
    problems = gathered.problems
    if not problems:
        try:
            splits, warnings = divide(gathered, config, seed)
            names = gathered.labels
            return (
                {
                    name: (split.source, split.texts, [names[number] for number in split.label_ids])
                    for name, split in splits.items()
                },
                [],
                gathered.warnings + warnings,
            )
        except Problem as problem:
            problems = [problem]
    parts = {name: (rows.source, rows.texts, rows.labels) for name, rows in gathered.rows.items()}
    return parts, list(map(str, problems)), gathered.warnings


def _count_labels(labels: list[str], known: list[str]) -> dict[str, int]:
    counts = Counter(labels)
    return {label: counts[label] for label in (*known, *sorted(set(counts) - set(known)))}


def _lengths(tokens: list[int], max_length: int) -> LengthReport:
    ordered = sorted(tokens)
    return LengthReport(
        median=ordered[(len(ordered) - 1) // 2],
        mean=fmean(ordered),
        p95=ordered[int(0.95 * (len(ordered) - 1))],
        longest=ordered[-1],
        truncated=sum(length > max_length for length in ordered),
        tokens_cut=sum(max(0, length - max_length) for length in ordered) / max(1, sum(ordered)),
    )


def _preview(cell: Cell) -> str:
    return "" if cell is None else shortened(str(cell), _PREVIEW_CHARACTERS)
