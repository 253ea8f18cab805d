"""Checks of label frequencies."""

from collections.abc import Iterator

import numpy as np

from core.data.labels.label_sets import SKEWED
from core.data.labels.spelling import merging, same_spelling
from core.data.quality.finding import Finding, RowList, share
from core.data.quality.survey import Survey
from core.text.format import counted
from core.text.plain import quoted

_STRONGLY_SKEWED = 10.0
_FEW_ROWS = 10
_SHOWN = 5


def check_imbalance(survey: Survey) -> Iterator[Finding]:
    """Training labels with very different numbers of rows."""
    counts = survey.counts(survey.train)
    present = np.flatnonzero(counts)
    if len(present) < 2:
        return
    largest, smallest = present[counts[present].argmax()], present[counts[present].argmin()]
    ratio = float(counts[largest] / counts[smallest])
    if ratio < SKEWED:
        return
    shares = counts[present] / counts.sum()
    many, few = (quoted([survey.labels[number]]) for number in (largest, smallest))
    majority = float(counts[largest] / len(survey.train))
    if survey.is_multi_label:
        meaning = "Averages over texts say little about rare labels."
        mend = (
            "Macro F1 selects the checkpoint, which counts each label alike. --class-weights balanced also "
        )
        mend += "weighs rare labels more in the loss."
    else:
        meaning = f"A model that always answers {many} has an accuracy of {share(majority)}: "
        meaning += "accuracy says little about rare labels."
        mend = "Select by macro F1 (--metric macro_f1) and balance the loss (--class-weights balanced)."
    yield Finding(
        check="imbalance",
        severity="warning" if ratio >= _STRONGLY_SKEWED else "note",
        title=f"{counts[largest]:,} training rows are {many}, only {counts[smallest]:,} are {few}",
        meaning=meaning,
        mend=mend,
        rows=RowList.of([np.flatnonzero(survey.having(survey.train, [smallest]))]),
        facts={
            "ratio": ratio,
            "majority_share": majority,
            "evenness": float(-(shares * np.log(shares)).sum() / np.log(len(present))),
        },
    )


def check_spelling(survey: Survey) -> Iterator[Finding]:
    """Training labels that differ only in case, accents, spacing or hyphens."""
    counts = dict(zip(survey.labels, survey.counts(survey.train).tolist(), strict=True))
    numbers = {name: number for number, name in enumerate(survey.labels)}
    groups = same_spelling(name for name, count in counts.items() if count)
    if not groups:
        return
    fewer = [
        numbers[name] for group in groups for name in group if name != max(group, key=counts.__getitem__)
    ]
    names = "; ".join(quoted(group) for group in groups[:_SHOWN])
    yield Finding(
        check="label-spelling",
        severity="warning",
        title=f"{counted(len(groups), 'label is', 'labels are')} spelled in several ways: {names}",
        meaning="Each spelling counts as a label of its own, so that the model must guess which is meant.",
        mend=f"Count them as one: {' '.join(merging(group, counts) for group in groups[:_SHOWN])}",
        rows=RowList.of([np.flatnonzero(survey.having(survey.train, fewer))]),
        facts={"labels": len(groups)},
    )


def check_rare(survey: Survey) -> Iterator[Finding]:
    """Labels with very few training rows."""
    counts = survey.counts(survey.train)
    rare = np.flatnonzero((counts > 0) & (counts < _FEW_ROWS))
    if not len(rare):
        return
    names = [survey.labels[number] for number in rare]
    rows = np.flatnonzero(survey.having(survey.train, rare.tolist()))
    yield Finding(
        check="rare-labels",
        severity="warning",
        title=f"{counted(len(rare), 'label has', 'labels have')} fewer than {_FEW_ROWS} training rows: "
        f"{quoted(names, 5)}",
        meaning="That is hardly enough to learn a label, and its scores will be largely random.",
        mend="Add rows with these labels, merge them with others (--merge-label OLD=NEW), or drop them "
        f"(--min-label-examples {_FEW_ROWS}).",
        rows=RowList.of([rows[np.argsort(survey.train.labels[rows], kind="stable")]]),
        facts={"labels": len(rare), "rows": len(rows)},
    )
