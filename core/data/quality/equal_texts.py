"""Checks of equal texts, ignoring case and white space: duplicates, shared texts, conflicting labels."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.data.quality.finding import Finding, Indexes, RowList, by_split, share
from core.data.quality.survey import Survey
from core.data.tables.text_groups import MIXED, Hashes, Numbers, group_rows
from core.text.format import counted


@dataclass(frozen=True, eq=False)
class _Pool:
    """The rows of some splits, concatenated."""

    keys: Hashes
    labels: Numbers
    splits: npt.NDArray[np.uint8]
    rows: Indexes

    def listed(self, chosen: npt.NDArray[np.bool_]) -> RowList:
        """The chosen rows, grouped by text, the most frequent texts first."""
        places = np.flatnonzero(chosen)
        _, first, inverse, counts = np.unique(
            self.keys[places], return_index=True, return_inverse=True, return_counts=True
        )
        order = np.lexsort((places, first[inverse], -counts[inverse]))
        in_order = inverse[order]
        groups = np.cumsum(np.diff(in_order, prepend=in_order[:1]) != 0)
        return RowList(self.splits[places[order]], self.rows[places[order]], groups.astype(np.int64))


def _pool(survey: Survey, chosen: list[int]) -> _Pool:
    splits = [survey.splits[number] for number in chosen]
    return _Pool(
        keys=np.concatenate([split.keys for split in splits]),
        labels=np.concatenate([split.labels for split in splits]),
        splits=np.repeat(np.array(chosen, np.uint8), list(map(len, splits))),
        rows=np.concatenate([np.arange(len(split)) for split in splits]),
    )


def check_duplicates(survey: Survey) -> Iterator[Finding]:
    """Rows that repeat a text of the same split."""
    lists, repeats = [], {}
    for number, split in enumerate(survey.splits):
        groups = group_rows(split.keys, split.labels)
        if count := len(split) - len(groups.keys):
            repeats[split.name] = count
            lists.append(_pool(survey, [number]).listed(groups.rows_of(groups.sizes > 1)))
    if not lists:
        return
    total = sum(repeats.values())
    yield Finding(
        check="duplicates",
        severity="warning" if total >= 0.01 * sum(map(len, survey.splits)) else "note",
        title=f"{counted(total, 'row repeats', 'rows repeat')} a text of the same split "
        f"({by_split(repeats)})",
        meaning="Repeated texts weigh more than others, in training and in the scores.",
        mend="Keep one row of each text, unless texts really are that frequent where the model will be used.",
        rows=_joined(lists),
        facts={"repeats": total, **{f"{name}_repeats": count for name, count in repeats.items()}},
    )


def check_shared(survey: Survey) -> Iterator[Finding]:
    """Texts of validation and of test that occur in an earlier split; one finding for each of the two."""
    for last in range(1, len(survey.splits)):
        measured = survey.splits[last]
        sharing = {
            number: len(common)
            for number in range(last)
            if len(common := np.intersect1d(survey.splits[number].keys, measured.keys))
        }
        if not sharing:
            continue
        pool = _pool(survey, list(range(last + 1)))
        before = pool.splits < last
        shared = np.intersect1d(pool.keys[before], measured.keys)
        rows = pool.listed(np.isin(pool.keys, shared))
        known = int(np.count_nonzero(rows.splits == last))
        part = known / len(measured)
        names = {survey.splits[number].name: count for number, count in sharing.items()}
        where = f"in {next(iter(names))}" if len(names) == 1 else f"in others ({by_split(names)})"
        yield Finding(
            check=f"shared-{measured.name}",
            severity="serious",
            title=f"{counted(len(shared), 'text occurs', 'texts occur')} both in {measured.name} and {where}",
            meaning=f"{counted(known, 'row')} of {measured.name} ({share(part)}) "
            f"also {'occurs' if known == 1 else 'occur'} in {' and '.join(names)}, "
            f"so {measured.name} scores are too optimistic.",
            mend=f"Delete these rows from {' and '.join(names)}" + _without(measured.name, list(names)),
            rows=rows,
            facts={"texts": len(shared), "rows": len(rows), "share": part, **names},
        )


def _without(measured: str, others: list[str]) -> str:
    """The rest of the advice: `compare` can exclude the texts that test shares with train, and no others."""
    if measured != "test" or "train" not in others:
        return "."
    return f"; `compare` also shows scores without {'them' if others == ['train'] else 'those of train'}."


def check_conflicts(survey: Survey) -> Iterator[Finding]:
    """Texts with different labels, in one split or in several."""
    pool = _pool(survey, list(range(len(survey.splits))))
    groups = group_rows(pool.keys, pool.labels)
    conflicting = groups.numbers == MIXED
    if not (count := int(np.count_nonzero(conflicting))):
        return
    rows = pool.listed(groups.rows_of(conflicting))
    yield Finding(
        check="conflicts",
        severity="serious" if len(rows) >= 0.01 * len(pool.keys) else "warning",
        title=f"{counted(count, 'text occurs', 'texts occur')} with different labels "
        f"({by_split(rows.counts(survey))})",
        meaning="No model can get all of these rows right, and in training they contradict each other.",
        mend="Choose one label for each of these texts, or delete its rows. If a text has several labels, "
        "one a row, write them in one row, as in joy|love, and give --label-delimiter '|'.",
        rows=rows,
        facts={"texts": count, "rows": len(rows)},
    )


def _joined(lists: list[RowList]) -> RowList:
    """Concatenate lists, renumbering the groups."""
    ends = np.cumsum([0, *(int(each.groups[-1]) + 1 for each in lists if each.groups is not None)])
    return RowList(
        np.concatenate([each.splits for each in lists]),
        np.concatenate([each.rows for each in lists]),
        np.concatenate(
            [each.groups + end for each, end in zip(lists, ends, strict=False) if each.groups is not None]
        ),
    )
