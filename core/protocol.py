"""What the engine service is asked and what it answers: one line of JSON each way.

A request is `Request`; it is answered by any number of `Reply` with `progress` and one with `result` or
`error`. A request of the method `CANCEL` gives up the one of the same id, which then ends with an error of
kind `cancelled` if it was not answered before. The records below are the results, by method.
"""

from typing import Any, Literal

import msgspec

from core.training.plan import Plan

CANCEL = "cancel"


class Request(msgspec.Struct, frozen=True):
    """One question. `params` are the keyword arguments of the method."""

    id: int
    method: str
    params: dict[str, Any] = {}


class ProgressReport(msgspec.Struct, frozen=True):
    """How far a long request has come. `total` is 0 when it is not known.

    What is `notable` is worth a line of a log: another message does not make up for it.
    """

    message: str
    done: int = 0
    total: int = 0
    notable: bool = False


class Failure(msgspec.Struct, frozen=True):
    """Why there is no result. The person can mend a `problem`; `internal` is a fault of the program."""

    kind: Literal["problem", "internal", "cancelled"]
    message: str


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of answer to the request of the same id."""

    id: int
    result: msgspec.Raw = msgspec.Raw(b"")
    """JSON; empty when the line is no result."""
    progress: ProgressReport | None = None
    error: Failure | None = None


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


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One text: probabilities in the order of the labels, and how much of it was read."""

    probabilities: list[float]
    tokens: int
    """Length of the whole text in tokens, special tokens included."""
    truncated: bool


class Predictions(msgspec.Struct, frozen=True, kw_only=True):
    """predict(run, texts, which): texts against the best or last checkpoint, or the finished model."""

    labels: list[str]
    step: int
    which: Literal["best", "last"]
    max_length: int
    milliseconds: float
    """Tokenizing and computing, without loading."""
    items: list[Prediction]


class FilePredictions(msgspec.Struct, frozen=True, kw_only=True):
    """predict_file(run, file, output, which, …): what was written."""

    rows: int
    """All rows of the file; those without a text get no label."""
    output: str
    text_column: str
    reasons: list[str]
    """Why this column was chosen, a sentence each."""
    step: int
    which: Literal["best", "last"]
    labels: dict[str, int]
    """Rows by predicted label."""
    truncated: int
    seconds: float
    beginning: str = ""
    """That it went on where it had stopped, or why it began anew; empty where nothing was there before."""
    warnings: list[str] = []


class LabelScore(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one label, 0 to 1; `support` counts its true rows."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


class EvaluationReport(msgspec.Struct, frozen=True, kw_only=True):
    """evaluate(run, data, which, …): a checkpoint against labelled data."""

    source: str
    split: str
    examples: int
    step: int
    which: Literal["best", "last"]
    loss: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    labels: list[LabelScore]
    confusion: list[list[int]]
    """Rows: true labels; columns: predicted labels; both in the order of `labels`."""
    truncated: int
    seconds: float


class TestScores(msgspec.Struct, frozen=True, kw_only=True):
    """Scores on texts of the test split, 0 to 1, with their 95 % intervals: Wilson, and bootstrap for F1."""

    examples: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    macro_f1_low: float
    macro_f1_high: float


class Contestant(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a comparison, or a floor: `majority` or `tfidf`."""

    name: str
    path: str
    """Of the run directory; empty for a floor."""
    model: str
    seed: int | None
    step: int
    """Of the weights that were tested: the best on validation."""
    scores: TestScores
    unseen: TestScores | None
    """Without the texts that occur in the training split as well; None where there are none of them."""
    training_seconds: float
    """Of the training steps alone; all of it for a floor."""
    training_speed: float | None
    """Documents a second, median over the steps."""
    prediction_speed: float | None
    """Documents of the test split a second."""
    parameters: int
    bytes: int | None
    """Size of the finished model on the disk."""


class PairTest(msgspec.Struct, frozen=True, kw_only=True):
    """Two on the same texts: how many only one of them gets right, and McNemar's test of the difference."""

    first: str
    second: str
    only_first: int
    only_second: int
    p_value: float
    """Probability of such a difference, or a larger one, if both were equally good."""


class ToldApart(msgspec.Struct, frozen=True, kw_only=True):
    """A text that only one of the runs gets right."""

    row: int
    """In the test split, from 0."""
    text: str
    """Its beginning where it is long."""
    label: str
    only: str
    """Name of the run that is right."""
    predicted: list[str]
    """Labels in the order of the runs."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """compare(runs, floors): runs that were tested on the same texts, and floors, side by side."""

    source: str
    """The test data."""
    examples: int
    seen: int
    """How many of its texts occur in the training split as well."""
    labels: list[str]
    contestants: list[Contestant]
    pairs: list[PairTest]
    told_apart: list[ToldApart]


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """doctor(): what this machine has. `ok` is False where something keeps the program from working."""

    name: str
    value: str
    ok: bool = True
    advice: str = ""


class DoctorReport(msgspec.Struct, frozen=True):
    """All diagnoses."""

    items: list[Diagnosis]


RESULTS: dict[str, type[msgspec.Struct]] = {
    "inspect": Inspection,
    "plan": Plan,
    "check": DataReport,
    "predict": Predictions,
    "predict_file": FilePredictions,
    "evaluate": EvaluationReport,
    "compare": Comparison,
    "doctor": DoctorReport,
}
