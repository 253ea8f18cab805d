"""Facts about data before a run: a quick inspection, and the full report of `check`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from core.config import DataConfig
from core.data.columns.columns import Columns, find_columns
from core.data.gather import Gathered, gather
from core.data.quality.checks import describe, in_order, run_checks
from core.data.quality.finding import Finding
from core.data.quality.lengths import bins_of, describe_lengths, lengths_by_label
from core.data.quality.survey import Progress, Survey, TokenCounter, no_progress, survey
from core.data.sources import open_sources
from core.data.tables.table import Cell
from core.data.tables.text_groups import count_conflicts, count_duplicates, count_shared
from core.data.validation_split import SplitExamples, divide
from core.problems import Problem
from core.protocol import DataReport, Inspection, SplitReport
from core.text.long_text import LongText
from core.text.plain import shortened

_PREVIEW_ROWS = 8
_PREVIEW_CHARACTERS = 200


def inspect(config: DataConfig) -> Inspection:
    """Inspect the data: columns, labels, first rows, and problems that would stop a run.

    Raises:
        Problem: the training data cannot be read at all.
    """
    sources = open_sources(config)
    train = sources["train"]
    columns = find_columns(train.head, config.text_column, config.label_column)
    labels: dict[str, int] = {}
    try:
        gathered = gather(sources, config)
        index = gathered.indexes["train"]
        total, labels = index.total, {label: index.counts[label] for label in gathered.labels}
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
    """The data as a run would use it, read once, without the texts."""

    columns: Columns
    survey: Survey
    labels: list[str]
    """Labels of the training data, in order."""
    warnings: list[str]
    problems: list[str]
    dropped: list[str]

    @cached_property
    def findings(self) -> list[Finding]:
        """Findings of all checks, the most severe first."""
        return run_checks(self.survey)


def build_overview(
    config: DataConfig,
    count_tokens: TokenCounter,
    max_length: int,
    seed: int,
    on_progress: Progress = no_progress,
    long_text: LongText = "head",
) -> Overview:
    """Read the data and survey every row.

    If there are problems that would stop a run, the splits are those of the sources, without a held-out
    validation split.

    Args:
        config: the data settings.
        count_tokens: counts the tokens of texts. May raise a Problem; then there are no lengths.
        max_length: maximum length of a text in tokens.
        seed: selects the rows to hold out if there is no validation split.
        on_progress: receives a message and the numbers of rows done and in total.
        long_text: which part of a longer text the model reads.

    Raises:
        Problem: the data cannot be read, or a column is missing or ambiguous.
    """
    gathered = gather(open_sources(config), config)
    splits, problems, warnings = _splits(gathered, config, seed)
    return Overview(
        columns=gathered.columns,
        survey=survey(splits, gathered.labels, count_tokens, max_length, long_text, on_progress),
        labels=gathered.labels,
        warnings=warnings,
        problems=problems,
        dropped=gathered.dropped,
    )


def report(overview: Overview, tokenizer_name: str, more: Sequence[Finding] = ()) -> DataReport:
    """Build the full report: rows, labels, lengths and findings of each split.

    If tokens could not be counted, there are no lengths and a warning says why.

    Args:
        overview: of the data.
        tokenizer_name: tokenizer that counted the lengths.
        more: findings of further checks.

    Raises:
        Problem: the data cannot be read any more, or has changed.
    """
    seen = overview.survey
    bins = bins_of(seen)
    warnings = overview.warnings
    if seen.not_counted:
        warnings = [*warnings, f"No lengths in tokens. {seen.not_counted}"]
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
                source=split.examples.source,
                rows=len(split),
                labels=_count_labels(split.examples.counts, overview.labels),
                lengths=describe_lengths(split, seen.max_length, bins),
                duplicates=count_duplicates(split.keys),
                conflicting=count_conflicts(split.keys, split.labels),
                lengths_by_label=lengths_by_label(seen, split, bins),
                unit=split.examples.index.unit,
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
        findings=describe(seen, in_order([*overview.findings, *more])),
        length_bins=bins,
    )


def _splits(
    gathered: Gathered, config: DataConfig, seed: int
) -> tuple[dict[str, SplitExamples], list[str], list[str]]:
    """The splits to report on, problems, and warnings."""
    problems = gathered.problems
    if not problems:
        try:
            splits, warnings = divide(gathered.indexes, gathered.labels, config, seed)
            return splits, [], gathered.warnings + warnings
        except Problem as problem:
            problems = [problem]
    whole = {name: SplitExamples.whole(index) for name, index in gathered.indexes.items()}
    return whole, list(map(str, problems)), gathered.warnings


def _count_labels(counts: dict[str, int], known: list[str]) -> dict[str, int]:
    """Number of rows by label: known labels first, then others that occur."""
    others = sorted({label for label, count in counts.items() if count}.difference(known))
    return {label: counts.get(label, 0) for label in (*known, *others)}


def _preview(cell: Cell) -> str:
    return "" if cell is None else shortened(str(cell), _PREVIEW_CHARACTERS)
