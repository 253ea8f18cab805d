"""What a person is told about data before a run: a quick inspection, and the full report."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from core.config import DataConfig
from core.data.columns import Columns, find_columns
from core.data.gathering import Gathered, Part, divide, gather
from core.data.groups import count_conflicts, count_duplicates, count_shared
from core.data.quality.checking import describe, in_order, run_checks
from core.data.quality.found import Found
from core.data.quality.lengths import bins_of, describe_lengths, lengths_by_label
from core.data.quality.survey import Counting, Progress, Survey, be_silent, survey
from core.data.sources import open_sources
from core.data.table import Cell
from core.problems import Problem
from core.protocol import DataReport, Inspection, SplitReport
from core.text.long_text import LongText
from core.text.plain import shortened

_PREVIEW_ROWS = 8
_PREVIEW_CHARACTERS = 200


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


@dataclass(frozen=True, eq=False)
class Overview:
    """The data as a run would use it, looked at once, without the texts."""

    columns: Columns
    survey: Survey
    labels: list[str]
    """Those of the training data, in their order."""
    warnings: list[str]
    problems: list[str]
    dropped: list[str]

    @cached_property
    def found(self) -> list[Found]:
        """What the checks find, the weightiest first."""
        return run_checks(self.survey)


def look(
    config: DataConfig,
    count_tokens: Counting,
    max_length: int,
    seed: int,
    on_progress: Progress = be_silent,
    long_text: LongText = "head",
) -> Overview:
    """Read the data and look at every row.

    Where there are problems, which would keep a run from starting, the splits are as the sources have them.

    Args:
        config: where the data is and how it is read.
        count_tokens: counts the tokens of texts; it raises a Problem where it cannot count.
        max_length: longest text in tokens that the model is to read.
        seed: decides which rows are set aside when there is no validation split.
        on_progress: is told how far it has come.
        long_text: what is read of longer texts.

    Raises:
        Problem: the data cannot be read, or its columns cannot be told.
    """
    gathered = gather(open_sources(config), config)
    parts, problems, warnings = _parts(gathered, config, seed)
    return Overview(
        columns=gathered.columns,
        survey=survey(parts, gathered.labels, count_tokens, max_length, long_text, on_progress),
        labels=gathered.labels,
        warnings=warnings,
        problems=problems,
        dropped=gathered.dropped,
    )


def report(overview: Overview, tokenizer_name: str, more: Sequence[Found] = ()) -> DataReport:
    """Rows, labels, lengths and findings of each split as a run would use it.

    Where texts could not be counted there are no lengths, and a warning says why.

    Args:
        overview: what is known of the data.
        tokenizer_name: by what lengths were counted.
        more: what was found by checks that cost more.

    Raises:
        Problem: the data cannot be read any more, or were changed.
    """
    seen = overview.survey
    bins = bins_of(seen)
    warnings = overview.warnings
    if seen.not_counted:
        warnings = [*warnings, f"Lengths in tokens are not counted. {seen.not_counted}"]
    return DataReport(
        text_column=overview.columns.text or "",
        label_column=overview.columns.label or "",
        reasons=overview.columns.reasons,
        tokenizer=None if seen.not_counted else tokenizer_name,
        max_length=seen.max_length,
        long_text=seen.long_text,
        splits=[
            SplitReport(
                name=split.name,
                source=split.part.source,
                rows=len(split),
                labels=_count_labels(split.part.counts, overview.labels),
                lengths=describe_lengths(split, seen.max_length, bins),
                duplicates=count_duplicates(split.keys),
                conflicting=count_conflicts(split.keys, split.labels),
                lengths_by_label=lengths_by_label(seen, split, bins),
                unit=split.part.rows.unit,
            )
            for split in seen.splits
        ],
        across={
            f"{first.name}/{second.name}": count_shared(first.keys, second.keys)
            for first, second in combinations(seen.splits, 2)
        },
        warnings=warnings,
        problems=overview.problems,
        dropped=overview.dropped,
        findings=describe(seen, in_order([*overview.found, *more])),
        length_bins=bins,
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
    others = sorted({label for label, count in counts.items() if count}.difference(known))
    return {label: counts.get(label, 0) for label in (*known, *others)}


def _preview(cell: Cell) -> str:
    return "" if cell is None else shortened(str(cell), _PREVIEW_CHARACTERS)
