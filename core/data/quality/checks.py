"""run_checks: the findings of all checks, the most severe first, and the rows of a finding."""

from collections.abc import Callable, Iterator
from typing import get_args

import numpy as np

from core import protocol
from core.data.quality.characters import (
    check_control,
    check_damaged,
    check_languages,
    check_markup,
    check_placeholders,
    check_short,
)
from core.data.quality.equal_texts import check_conflicts, check_duplicates, check_shared
from core.data.quality.finding import Finding, RowList
from core.data.quality.label_counts import check_imbalance, check_rare, check_spelling
from core.data.quality.lengths import check_cut
from core.data.quality.survey import Survey
from core.data.quality.vocabulary import check_fragments, check_unknown
from core.protocol import DataRow, Severity
from core.text.plain import shortened

CHECKS: tuple[Callable[[Survey], Iterator[Finding]], ...] = (
    check_shared,
    check_conflicts,
    check_imbalance,
    check_rare,
    check_spelling,
    check_cut,
    check_unknown,
    check_fragments,
    check_damaged,
    check_control,
    check_duplicates,
    check_markup,
    check_languages,
    check_placeholders,
    check_short,
)
_SEVERITIES = {severity: number for number, severity in enumerate(get_args(Severity))}
_FIRST_ROWS = 5
_FIRST_CHARACTERS = 200
_MAX_PAGE_CHARACTERS = 1 << 21
_MAX_TEXT_CHARACTERS = 1 << 17


def run_checks(survey: Survey) -> list[Finding]:
    """Run all checks; the most severe findings first, otherwise in the order of `CHECKS`."""
    found = [each for check in CHECKS for each in check(survey)]
    return in_order(found)


def in_order(found: list[Finding]) -> list[Finding]:
    """Sort findings by severity."""
    return sorted(found, key=lambda each: _SEVERITIES[each.severity])


def describe(survey: Survey, found: list[Finding]) -> list[protocol.Finding]:
    """Findings as answers, with the start of their first rows. Reads each source once."""
    firsts = [each.rows[:_FIRST_ROWS] for each in found]
    wanted = RowList(
        np.concatenate([np.zeros(0, np.uint8), *(each.splits for each in firsts)]),
        np.concatenate([np.zeros(0, np.int64), *(each.rows for each in firsts)]),
    )
    texts = iter(read_texts(survey, wanted))
    return [
        protocol.Finding(
            check=each.check,
            severity=each.severity,
            title=each.title,
            meaning=each.meaning,
            mend=each.mend,
            rows=len(each.rows),
            splits=each.rows.counts(survey),
            facts=each.facts,
            first=[
                _row(survey, each, place, text, _FIRST_CHARACTERS)
                for place, text in zip(range(len(first)), texts, strict=False)
            ],
        )
        for each, first in zip(found, firsts, strict=True)
    ]


def open_rows(survey: Survey, found: Finding, start: int, count: int) -> list[DataRow]:
    """Rows of a finding from `start` on, with texts; fewer than `count` if the texts are very long.

    Raises:
        Problem: the source cannot be read any more, or has changed.
    """
    texts = read_texts(survey, found.rows[start : start + count])
    rows: list[DataRow] = []
    characters = 0
    for place, text in enumerate(texts, start):
        if rows and characters + len(text) > _MAX_PAGE_CHARACTERS:
            break
        characters += len(text)
        rows.append(_row(survey, found, place, text, _MAX_TEXT_CHARACTERS))
    return rows


def read_texts(survey: Survey, wanted: RowList) -> list[str]:
    """The texts of the rows, in the order of the list."""
    texts = [""] * len(wanted)
    for number, split in enumerate(survey.splits):
        places = np.flatnonzero(wanted.splits == number)
        by_row: dict[int, list[int]] = {}
        for place in places.tolist():
            by_row.setdefault(int(wanted.rows[place]), []).append(place)
        rows, start = sorted(by_row, reverse=True), 0
        for chunk in split.examples.texts.chunks() if rows else ():
            while rows and rows[-1] < start + len(chunk):
                row = rows.pop()
                for place in by_row[row]:
                    texts[place] = chunk[row - start]
            start += len(chunk)
            if not rows:
                break
    return texts


def _row(survey: Survey, found: Finding, place: int, text: str, most: int) -> DataRow:
    number, row = int(found.rows.splits[place]), int(found.rows.rows[place])
    split = survey.splits[number]
    suggestion = found.suggestions[place] if found.suggestions is not None else None
    return DataRow(
        split=split.name,
        row=row,
        line=(line := int(split.lines[row])),
        place=index.place(line) if (index := split.examples.index).name_place else "",
        label=survey.name(int(split.labels[row])),
        text=shortened(text, most),
        note=found.note(survey, number, row, text),
        group=None if found.rows.groups is None else int(found.rows.groups[place]),
        suggested=suggestion.label if suggestion else None,
        probability=suggestion.probability if suggestion else None,
        given_probability=suggestion.given if suggestion else None,
    )
