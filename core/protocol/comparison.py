"""Answers about which of several models is better."""

import msgspec

# The names of the floors: classifiers that cost seconds, which any model should beat.
MAJORITY, TFIDF = "majority", "tfidf"
BASELINES = (MAJORITY, TFIDF)


class TestScores(msgspec.Struct, frozen=True, kw_only=True):
    """Scores on texts of the test split, 0 to 1, with their 95 % intervals: Wilson, and bootstrap for F1."""

    examples: int
    accuracy: float
    """Of sets of labels the share of texts whose whole set is right."""
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    macro_f1_low: float
    macro_f1_high: float
    micro_f1: float | None = None
    """Only of sets of labels."""


class ComparedModel(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a comparison, or a floor: `majority` or `tfidf`."""

    name: str
    path: str
    """Of the run directory; empty for a floor."""
    group: str
    """What the runs are called together that differ by their seed only; else the name of the run itself."""
    model: str
    seed: int | None
    step: int
    """Of the weights that were tested: the best on validation."""
    validation: float | None
    """The metric that selected them, on the validation split; None for a floor."""
    scores: TestScores
    unseen: TestScores | None
    """Without the texts that any of the runs was trained with; None where there are none of them."""
    max_length: int | None
    """So many tokens of a text are read at once; None for a floor, which reads all."""
    training_seconds: float
    """Of the training steps alone: texts are made tokens of, or counted, before."""
    training_speed: float | None
    """Documents a second, median over the steps."""
    prediction_speed: float | None
    """Documents of the test split a second, from text to label: tokenizing is counted."""
    parameters: int
    bytes: int | None
    """Size of the finished model on the disk."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A score over the runs of a group: its mean, and the lowest and highest."""

    mean: float
    lowest: float
    highest: float


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of one model with several seeds, or one run, or a floor."""

    name: str
    runs: list[str]
    """Their names."""
    median: str
    """The run that was median on validation, of two in the middle the lower: in pairs and texts it stands for
    all."""
    accuracy: Spread
    macro_f1: Spread
    micro_f1: Spread | None = None
    """Only of sets of labels."""
    unseen_accuracy: Spread | None
    """Without the texts that occur in the training split as well; None where there are none of them."""
    unseen_macro_f1: Spread | None
    unseen_micro_f1: Spread | None = None
    training_seconds: float
    """Mean; so are the speeds."""
    training_speed: float | None
    prediction_speed: float | None


class PairTest(msgspec.Struct, frozen=True, kw_only=True):
    """Two on the same texts: how many only one of them gets right, and McNemar's test of the difference."""

    first: str
    second: str
    only_first: int
    only_second: int
    p_value: float
    """Probability of such a difference, or a larger one, if both were equally good."""


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """A text that only one of the runs that stand for their groups gets right."""

    row: int
    """In the test split, from 0."""
    text: str
    """Its beginning where it is long."""
    label: str
    """Its label; of a set all of them, with bars between, or "no label"."""
    only: str
    """Name of the run that is right."""
    predicted: list[str]
    """Labels in the order of the groups of runs; sets as in `label`."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """compare(runs, groups, floors): runs that were tested on the same texts, and floors, side by side."""

    source: str
    """The test data; empty where they are gone or have changed."""
    missing: str = ""
    """Why there are no floors, and without a source no texts."""
    remarks: list[str] = []
    """What is not alike in the runs though their test split is, a sentence each."""
    examples: int
    seen: int
    """How many of its texts occur in the training split as well, of any of the runs."""
    labels: list[str]
    is_multi_label: bool = False
    """Whether texts have sets of labels: one is right when it is so as a whole."""
    models: list[ComparedModel]
    groups: list[Group]
    pairs: list[PairTest]
    disagreements: list[Disagreement]
