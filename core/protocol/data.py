"""Answers about data."""

from typing import Literal

import msgspec

from core.text.long_text import LongText

Severity = Literal["serious", "warning", "note"]
"""How much a finding weighs: figures are wrong because of it, training suffers, or it is good to know."""


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """inspect(data): what a data source holds. `data` is a DataConfig as a dict."""

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
    """The first rows, cells shortened, in the order of `columns`."""
    problems: list[str] = []
    """What would keep a run from starting, a sentence each."""


class LengthReport(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths of the texts of one split in tokens, special tokens included."""

    median: int
    mean: float
    p95: int
    longest: int
    truncated: int
    """Texts that are not read to the last token."""
    tokens_cut: float
    """Share of all tokens that are not read, 0 to 1."""
    long: int
    """Texts longer than max length."""
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
    """Texts that are not read to the last token."""
    tokens_cut: float
    """Share of the label's tokens that are not read, 0 to 1."""


class DataRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the data as a finding shows it."""

    split: str
    row: int
    """In the split, from 0."""
    line: int
    """Where it starts in its source, counted from 1: a line of a file, or a row where there are no lines."""
    label: str
    text: str
    """Its beginning only where it is very long, or listed with the finding."""
    note: str = ""
    """What is to be seen in it."""
    group: int | None = None
    """Rows of a finding with the same text have the same number."""
    suggested: str | None = None
    """The label that it is suspected to belong to."""
    probability: float | None = None
    """Of the suggested label."""
    given_probability: float | None = None
    """Of the label that it has."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found in the data."""

    check: str
    """Its name, by which its rows are asked for."""
    severity: Severity
    title: str
    """How many of what, a clause."""
    meaning: str
    """What it does to training or to figures, a sentence."""
    mend: str
    """What can be done, a sentence."""
    rows: int
    """How many rows can be opened."""
    splits: dict[str, int]
    """How many of them each split has."""
    facts: dict[str, float]
    first: list[DataRow]


class FindingRows(msgspec.Struct, frozen=True, kw_only=True):
    """rows(config, check, start, count): rows of a finding to be read."""

    finding: Finding
    start: int
    rows: list[DataRow]
    """May be fewer than were asked for."""
    sources: dict[str, str]
    """File or Hub split by split name."""
    units: dict[str, str]
    """What the lines of a split count: line or row."""


class SplitReport(msgspec.Struct, frozen=True, kw_only=True):
    """One split of a data set."""

    name: str
    source: str
    rows: int
    labels: dict[str, int]
    lengths: LengthReport | None
    """None where there are no texts, or no tokenizer to count by."""
    duplicates: int
    """Rows whose text occurred before in the split."""
    conflicting: int
    """Distinct texts that occur with different labels."""
    lengths_by_label: list[LabelLengths] = []
    """Of very many labels, of those with the most texts."""
    unit: str = "line"
    """What the lines of its rows count: line or row."""


class DataReport(msgspec.Struct, frozen=True, kw_only=True):
    """check(config): what `bertcls-tui check` prints."""

    text_column: str
    label_column: str
    reasons: list[str]
    tokenizer: str | None
    """Whose tokens were counted; None when it could not be had, which a warning explains."""
    max_length: int
    long_text: LongText
    """What is read of longer texts."""
    splits: list[SplitReport]
    across: dict[str, int]
    """Distinct texts that two splits share, by "train/test" and so on."""
    warnings: list[str]
    problems: list[str] = []
    """What would keep a run from starting, a sentence each."""
    dropped: list[str] = []
    """What was left out because of --drop-bad-rows, a sentence each."""
    findings: list[Finding] = []
    """What the checks found, the weightiest first."""
    length_bins: list[int] = []
    """Upper ends of the bins in which lengths are counted, in tokens; the last holds all longer texts."""
