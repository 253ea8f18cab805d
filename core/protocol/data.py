"""Answers about data."""

import msgspec


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
    """Texts longer than max length."""
    tokens_cut: float
    """Share of all tokens that max length cuts off, 0 to 1."""


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


class DataReport(msgspec.Struct, frozen=True, kw_only=True):
    """check(data, model, max_length): what `bertcls-tui check` prints."""

    text_column: str
    label_column: str
    reasons: list[str]
    tokenizer: str | None
    """Whose tokens were counted; None when it could not be had, which a warning explains."""
    max_length: int
    splits: list[SplitReport]
    across: dict[str, int]
    """Distinct texts that two splits share, by "train/test" and so on."""
    warnings: list[str]
    problems: list[str] = []
    """What would keep a run from starting, a sentence each."""
    dropped: list[str] = []
    """What was left out because of --drop-bad-rows, a sentence each."""
