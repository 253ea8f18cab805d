"""The answer to `Compare`: which of several models is better."""

import msgspec

MAJORITY, TFIDF = "majority", "tfidf"
BASELINES = (MAJORITY, TFIDF)
"""Classifiers that train in seconds: the most frequent label, and TF-IDF with logistic regression."""


class TestScores(msgspec.Struct, frozen=True, kw_only=True):
    """Scores on the test split, 0 to 1, with 95 % intervals: Wilson for accuracy, bootstrap for F1."""

    examples: int
    accuracy: float
    """With several labels a text: the share of texts whose labels are all right."""
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    macro_f1_low: float
    macro_f1_high: float
    micro_f1: float | None = None
    """With several labels a text only."""
    averaged_labels: int | None = None
    """Number of labels over which macro F1 is the mean: those that the texts have or were given."""
    true_labels: float | None = None
    """With several labels a text: their mean number."""
    predicted_labels: float | None = None
    """The mean number of predicted ones."""


class ComparedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A run, or a baseline."""

    name: str
    """Unique in the comparison."""
    path: str
    """The run directory; empty for a baseline."""
    group: str
    """Shared by runs that differ only in their seed; otherwise the name."""
    model: str
    """As the configuration names it."""
    seed: int | None
    step: int
    """Of the tested checkpoint, which was the best on validation."""
    validation: float | None
    """Its selection metric on the validation split; None for a baseline."""
    scores: TestScores
    unseen: TestScores | None
    """Without test texts that any of the runs was trained on; None if there are no such texts."""
    max_length: int | None
    """Tokens read of each text; None for a baseline, which reads everything."""
    training_seconds: float
    """Of the training steps, without tokenization."""
    training_speed: float | None
    """Texts a second, median over the steps."""
    prediction_speed: float | None
    """Texts of the test split a second, with tokenization."""
    parameters: int
    bytes: int | None
    """Size of the saved model."""
    description: str = ""
    """Of a baseline: what it is, in words."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A score over the runs of a group."""

    mean: float
    lowest: float
    highest: float


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of one model with several seeds, a single run, or a baseline."""

    name: str
    runs: list[str]
    """`ComparedModel.name` of each."""
    median: str
    """The run with the median validation score (of an even number the lower one). It represents the group in
    `Comparison.pairs` and `Comparison.disagreements`."""
    accuracy: Spread
    macro_f1: Spread
    micro_f1: Spread | None = None
    """With several labels a text only."""
    unseen_accuracy: Spread | None
    """Without test texts that any of the runs was trained on; None if there are no such texts."""
    unseen_macro_f1: Spread | None
    unseen_micro_f1: Spread | None = None
    training_seconds: float
    """Mean, like the speeds."""
    training_speed: float | None
    prediction_speed: float | None


class PairTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test of two models on the same texts, by `Comparison.metric`.

    McNemar's test of accuracy or exact match; a paired bootstrap of the F1 scores, which has an interval.
    """

    first: str
    second: str
    only_first: int
    """Texts that only the first gets right."""
    only_second: int
    p_value: float
    """Probability of a difference at least as large if both models were equally good."""
    difference: float | None = None
    """The metric of the first less that of the second."""
    low: float | None = None
    """95 % interval of the difference; None of McNemar's test."""
    high: float | None = None

    @property
    def is_clear(self) -> bool:
        """Whether the difference is significant at 5 %."""
        return self.p_value < 0.05


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """A text that only one of the groups gets right."""

    row: int
    """In the test split, from 0."""
    text: str
    """Shortened if very long."""
    label: str
    """The true label; several are joined by bars, none is "no label"."""
    only: str
    """The run that is right."""
    predicted: list[str]
    """By group of runs, written like `label`."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that were tested on the same texts, and baselines, side by side."""

    source: str
    """The test data; empty if they are gone or have changed."""
    missing: str = ""
    """Why there are no baselines, and without a source no texts."""
    remarks: list[str] = []
    """Differences between the runs other than the test split, a sentence each."""
    warnings: list[str] = []
    """Runs that are clearly below a baseline, or would improve with more training, a sentence each."""
    metric: str = "accuracy"
    """By which the models are compared, the one that selected the checkpoints: accuracy (of label sets the
    exact match), macro_f1 or micro_f1."""
    examples: int
    seen: int
    """Test texts that also occur in the training split of any run."""
    labels: list[str]
    is_multi_label: bool = False
    """Whether a text has several labels. It counts as right if all of them are."""
    models: list[ComparedModel]
    """Runs first, then baselines."""
    groups: list[Group]
    pairs: list[PairTest]
    disagreements: list[Disagreement]
