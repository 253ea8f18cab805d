"""The answers to `InspectData`, `CheckData` and `ReadRows`."""

from typing import Literal

import msgspec

from core.text.long_text import LongText

Severity = Literal["serious", "warning", "note"]
"""Of a finding: figures are wrong because of it, training suffers from it, or it is good to know."""


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """The columns, labels and first rows of a data source."""

    sources: dict[str, str]
    """File or Hub split by split name: train, validation, test."""
    columns: list[str]
    text_column: str | None
    label_column: str | None
    reasons: list[str]
    """Why these columns were chosen, a sentence each."""
    rows: int
    labels: dict[str, int]
    """Rows by label, in the order of the labels."""
    preview: list[list[str]]
    """The first rows, in the order of `columns`, with shortened cells."""
    problems: list[str] = []
    """Why no run could start with the data, a sentence each."""


class LengthReport(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths of the texts of a split in tokens, with special tokens."""

    median: int
    mean: float
    p95: int
    longest: int
    truncated: int
    """Texts that are not read to their end."""
    tokens_cut: float
    """Share of all tokens that are not read, 0 to 1."""
    long: int
    """Texts longer than the maximum length."""
    bins: list[int]
    """Texts by bin of `DataReport.length_bins`."""


class LabelLengths(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths in tokens of the texts of one label in one split."""

    label: str
    texts: int
    median: int
    bins: list[int]
    """Texts by bin of `DataReport.length_bins`."""
    truncated: int
    """Texts that are not read to their end."""
    tokens_cut: float
    """Share of the label's tokens that are not read, 0 to 1."""


class DataRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a finding."""

    split: str
    row: int
    """In the split, from 0."""
    line: int
    """Where it begins in its source, from 1: a line of a file, or a row if the format has no lines."""
    place: str = ""
    """Its file and line, if the source is several files; `line` counts on from file to file."""
    label: str
    text: str
    """Shortened if very long, and among the first rows of a finding."""
    note: str = ""
    """The detail to look for."""
    group: int | None = None
    """Equal for rows of the finding that have the same text."""
    suggested: str | None = None
    """A more probable label."""
    probability: float | None = None
    """Of the suggested label."""
    given_probability: float | None = None
    """Of its label."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a check that found something."""

    check: str
    """Name of the check; `ReadRows` takes it."""
    severity: Severity
    title: str
    """The finding with its count, a clause."""
    meaning: str
    """Its effect on training or on figures, a sentence."""
    mend: str
    """The fix, a sentence."""
    rows: int
    """Rows that `ReadRows` can read."""
    splits: dict[str, int]
    """These rows by split."""
    facts: dict[str, float]
    first: list[DataRow]


class FindingRows(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a finding."""

    finding: Finding
    start: int
    rows: list[DataRow]
    """May be fewer than were asked for."""
    sources: dict[str, str]
    """File or Hub split by split name."""
    units: dict[str, str]
    """Unit of `DataRow.line` by split name: "line", "row", or "place" if each row names its own."""


class SplitReport(msgspec.Struct, frozen=True, kw_only=True):
    """One split of a data set."""

    name: str
    source: str
    rows: int
    labels: dict[str, int]
    lengths: LengthReport | None
    """None without texts, or without a tokenizer."""
    duplicates: int
    """Rows whose text occurred before in the split."""
    conflicting: int
    """Distinct texts that occur with different labels."""
    lengths_by_label: list[LabelLengths] = []
    """If there are very many labels, those with the most texts."""
    unit: str = "line"
    """Unit of `DataRow.line`: "line" or "row"."""


class DataReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report on data: the answer to `CheckData`."""

    text_column: str
    label_column: str
    reasons: list[str]
    tokenizer: str | None
    """Counts the tokens; None if it is missing, which a warning explains."""
    max_length: int
    long_text: LongText
    """The part of longer texts that is read."""
    splits: list[SplitReport]
    across: dict[str, int]
    """Distinct texts that two splits share, by "train/test" and so on."""
    warnings: list[str]
    problems: list[str] = []
    """Why no run could start with the data, a sentence each."""
    dropped: list[str] = []
    """Rows that --drop-bad-rows dropped, a sentence each."""
    findings: list[Finding] = []
    """The most severe first."""
    length_bins: list[int] = []
    """Upper ends of the bins of lengths, in tokens; the last bin holds all longer texts."""
