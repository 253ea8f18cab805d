"""Which metric selects the best checkpoint, and what a person should know about it: are the labels skewed?"""

from core.config import Metric
from core.data.labels.label_sets import SKEWED, count_labels
from core.data.splits import DataSplits
from core.problems import Problem


def choose_metric(asked: Metric, splits: DataSplits) -> tuple[str, str]:
    """The metric that selects, and why; no reason where it was asked for, or is the usual one.

    Raises:
        Problem: it says nothing about these data.
    """
    is_multi_label = splits.train.is_multi_label
    if asked == "micro_f1" and not is_multi_label:
        raise Problem(
            "micro F1 is the accuracy where each text has one label",
            where="stopping.metric",
            mend="Choose --metric accuracy or --metric macro_f1.",
        )
    if asked != "auto":
        return asked, ""
    if not is_multi_label:
        return "accuracy", ""
    return "macro_f1", "Macro F1 selects: texts have sets of labels, and each label is to count alike."


def warn_of_skew(splits: DataSplits, metric: str, class_weights: str) -> list[str]:
    """A warning where rare labels hardly count in the metric."""
    counts = count_labels(splits.train.label_ids, len(splits.labels))
    most, least = int(counts.argmax()), int(counts.argmin())
    ratio = counts[most] / max(1, counts[least])
    if metric == "macro_f1" or ratio < SKEWED:
        return []
    advice = "--metric macro_f1" + (" and --class-weights balanced" if class_weights == "none" else "")
    blind = {"accuracy": "accuracy", "micro_f1": "micro F1"}.get(metric, "the loss")
    return [
        f"The labels are skewed: {splits.labels[most]!r} has {ratio:,.0f} times as many training texts as "
        f"{splits.labels[least]!r} ({counts[most]:,} and {counts[least]:,}), so {blind} would hardly notice "
        f"the rare ones. Consider {advice}."
    ]
