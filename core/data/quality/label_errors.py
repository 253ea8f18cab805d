"""suspect_labels: labels that contradict a classifier trained without the row.

Confident learning (Northcutt, Jiang, Chuang, 2021) with cleanlab, on cross-validated probabilities of a
logistic regression over word and character n-grams.
"""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.quality.finding import Finding, Indexes, RowList, Suggestion, share
from core.data.quality.survey import Progress, Survey
from core.data.tables.text_groups import MIXED, Hashes, Numbers, group_rows
from core.problems import Problem
from core.text.format import counted

FOLDS = 5
_MAX_ROWS = 50_000  # evenly sampled from all rows
_CHARACTERS = 2_000  # at the start of each text
_MAX_NGRAM_CHARACTERS = 10_000_000  # of all texts; above it, character n-grams would take minutes
_FEATURES = 100_000
_STRENGTHS = (3.0, 10.0)  # inverse regularization
_TOKEN = r"\w+|[^\w\s]"

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """Rows with cross-validated probabilities."""

    rows: RowList
    labels: Numbers
    """Indexes in `Survey.labels`."""
    classes: Indexes
    """Indexes in `Survey.labels` of the columns of `probabilities`."""
    probabilities: Probabilities
    """Shape (rows, classes)."""


def suspect_labels(survey: Survey, on_progress: Progress) -> list[Finding]:
    """Rows of train and validation whose labels are probably wrong, the most suspicious first.

    The test split is not checked: correcting it by a classifier would bias it towards that classifier.

    Raises:
        Problem: the data is multi-label or has too few texts, or cleanlab is not installed.
    """
    if survey.is_multi_label:
        raise Problem("label errors are not supported for multi-label data")
    if importlib.util.find_spec("cleanlab") is None:
        raise Problem(
            "the check for label errors needs cleanlab, which is not installed",
            mend="Install it with: pip install 'bertcls-tui[quality]'",
        )
    judged = _judge(survey, on_progress)
    on_progress("finding label errors")
    given = np.searchsorted(judged.classes, judged.labels)
    return list(_findings(survey, judged, given, _ranked(given, judged.probabilities)))


def _ranked(given: Indexes, probabilities: Probabilities) -> Indexes:
    """The rows that cleanlab suspects, the least probable label first."""
    from cleanlab.filter import find_label_issues

    found: Indexes = find_label_issues(
        labels=given, pred_probs=probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    return found


def _findings(survey: Survey, judged: CrossValidated, given: Indexes, order: Indexes) -> Iterator[Finding]:
    if not len(order):
        return
    likeliest = judged.probabilities.argmax(1)
    suggestions = [
        Suggestion(
            label=survey.labels[judged.classes[likeliest[row]]],
            probability=float(judged.probabilities[row, likeliest[row]]),
            given=float(judged.probabilities[row, given[row]]),
        )
        for row in order.tolist()
    ]
    right = float((likeliest == given).mean())
    yield Finding(
        check="label-errors",
        severity="warning",
        title=f"{counted(len(order), 'label is', 'labels are')} probably wrong, "
        f"{share(len(order) / len(given))} of the {len(given):,} checked",
        meaning="A simple classifier trained without these rows predicts another label. It agrees with "
        f"{share(right)} of all labels, so many of these may still be correct.",
        mend="Review them from the top and correct the file.",
        rows=judged.rows[order],
        facts={"suspected": len(order), "judged": len(given), "agreement": right},
        suggestions=suggestions,
    )


def _judge(survey: Survey, on_progress: Progress) -> CrossValidated:
    """Cross-validate on a sample of train and validation, without labels that have too few texts."""
    names = [split.name for split in survey.splits]
    trained = [number for number, name in enumerate(names) if name != "test"]
    rows = RowList.of(
        np.arange(len(split)) if number in trained else np.zeros(0, np.int64)
        for number, split in enumerate(survey.splits)
    )
    rows = rows[:: -(-len(rows) // _MAX_ROWS) or 1]
    labels, keys = _of_rows(survey, rows, "labels"), _of_rows(survey, rows, "keys")
    folds = fold_of_rows(keys, labels)
    counted = [len(np.unique(folds[labels == number])) for number in range(len(survey.labels))]
    enough = np.array(counted)[labels] >= FOLDS
    rows, labels, folds = rows[np.flatnonzero(enough)], labels[enough], folds[enough]
    classes = np.unique(labels)
    if len(classes) < 2:
        raise Problem(
            f"too little data to find label errors: fewer than two labels have {FOLDS} different texts",
            where=survey.train.examples.source,
        )
    features = _features(survey, rows, on_progress)
    return CrossValidated(rows, labels, classes, _cross_validate(features, labels, folds, on_progress))


def fold_of_rows(keys: Hashes, labels: Numbers) -> npt.NDArray[np.int64]:
    """Assign rows to folds, stratified by label. Rows with equal texts share a fold."""
    groups = group_rows(keys, labels)
    # Groups are ordered by their keys, which are hashes: a random order.
    order = np.argsort(groups.numbers, kind="stable")
    folds = np.empty(len(order), np.int64)
    folds[order] = np.arange(len(order)) % FOLDS
    mixed = groups.numbers == MIXED
    folds[mixed] = np.arange(np.count_nonzero(mixed)) % FOLDS
    found = np.empty(len(keys), np.int64)
    found[groups.order] = np.repeat(folds, groups.sizes)
    return found


def _of_rows(survey: Survey, rows: RowList, name: str) -> npt.NDArray[Any]:
    """The values of an array of the surveyed splits, for the rows of the list."""
    arrays = [getattr(split, name) for split in survey.splits]
    found = np.empty(len(rows), arrays[0].dtype)
    for number, array in enumerate(arrays):
        found[rows.splits == number] = array[rows.rows[rows.splits == number]]
    return found


def _features(survey: Survey, rows: RowList, on_progress: Progress) -> Any:
    """TF-IDF of words, word pairs and, if there is not too much text, character n-grams; a sparse matrix."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    options = {"sublinear_tf": True, "dtype": np.float32, "max_features": _FEATURES, "min_df": 2}
    on_progress("counting words")
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=_TOKEN, **options)
    parts = [words.fit_transform(_texts(survey, rows))]
    if sum(map(len, _texts(survey, rows))) <= _MAX_NGRAM_CHARACTERS:
        on_progress("counting character n-grams")
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **options)
        parts.append(letters.fit_transform(_texts(survey, rows)))
    return hstack(parts).tocsr()


def _texts(survey: Survey, rows: RowList) -> Iterator[str]:
    """The start of the text of each row, in the order of the splits."""
    for number, split in enumerate(survey.splits):
        chosen = np.zeros(len(split), bool)
        chosen[rows.rows[rows.splits == number]] = True
        start = 0
        for chunk in split.examples.texts.chunks() if chosen.any() else ():
            for text in compress(chunk, chosen[start : start + len(chunk)].tolist()):
                yield text[:_CHARACTERS]
            start += len(chunk)


def _cross_validate(
    features: Any, labels: Numbers, folds: npt.NDArray[np.int64], on_progress: Progress
) -> Probabilities:
    """Probabilities of each row by a model of the other folds. The first fold selects the regularization."""
    probabilities = np.zeros((len(labels), len(np.unique(labels))), np.float32)
    total = FOLDS + len(_STRENGTHS) - 1
    tried = []
    for done, strength in enumerate(_STRENGTHS):
        on_progress("checking labels", done, total)
        tried.append(_held_out(features, labels, folds == 0, strength))
    columns = np.searchsorted(np.unique(labels), labels[folds == 0])[:, None]
    losses = [-np.log(np.take_along_axis(found, columns, 1) + 1e-9).mean() for found in tried]
    best = int(np.argmin(losses))
    probabilities[folds == 0] = tried[best]
    for fold in range(1, FOLDS):
        on_progress("checking labels", len(_STRENGTHS) + fold - 1, total)
        probabilities[folds == fold] = _held_out(features, labels, folds == fold, _STRENGTHS[best])
    return probabilities


def _held_out(
    features: Any, labels: Numbers, held_out: npt.NDArray[np.bool_], strength: float
) -> Probabilities:
    from sklearn.linear_model import SGDClassifier

    # Averaged SGD: as good as a full fit, and much faster with many labels.
    model = SGDClassifier(
        loss="log_loss",
        alpha=1 / (strength * np.count_nonzero(~held_out)),
        max_iter=10,
        tol=None,
        average=True,
        random_state=0,
    )
    model.fit(features[~held_out], labels[~held_out])
    found: Probabilities = model.predict_proba(features[held_out]).astype(np.float32)
    return found
