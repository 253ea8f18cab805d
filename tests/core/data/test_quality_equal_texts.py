"""Duplicates, shared and conflicting texts agree with a comparison of all pairs of rows."""

from collections import defaultdict
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from surveys import Row, surveyed, surveyed_in_temporary_folder

from core.data.quality.equal_texts import check_conflicts, check_duplicates, check_shared
from core.data.quality.finding import Finding
from core.data.quality.survey import Survey
from core.data.tables.text_groups import normalize

some_rows = st.lists(st.tuples(st.sampled_from(["a b", "A  b", "c", "C ", "d", "e"]), st.sampled_from("xy")))
BASE: list[Row] = [("train one", "x"), ("train two", "x"), ("train three", "y"), ("train four", "y")]
OTHER: list[Row] = [("validation one", "x"), ("validation two", "y")]
LAST: list[Row] = [("test one", "x"), ("test two", "y")]


def places(survey: Survey, found: Finding) -> set[tuple[str, int]]:
    rows = zip(found.rows.splits.tolist(), found.rows.rows.tolist(), strict=True)
    return {(survey.splits[split].name, row) for split, row in rows}


def by_text(splits: dict[str, list[Row]]) -> dict[str, list[tuple[str, int, str]]]:
    found = defaultdict(list)
    for name, rows in splits.items():
        for row, (text, label) in enumerate(rows):
            found[normalize(text)].append((name, row, label))
    return found


@settings(max_examples=25, deadline=None)
@given(some_rows, some_rows, some_rows)
def test_findings_match_a_comparison_of_all_pairs(
    train: list[Row], validation: list[Row], test: list[Row]
) -> None:
    splits = {"train": train + BASE, "validation": validation + OTHER, "test": test + LAST}
    survey = surveyed_in_temporary_folder(**splits)
    equal = by_text(splits)

    expected = {
        (name, row)
        for rows in equal.values()
        for name, row, _ in rows
        if sum(other == name for other, _, _ in rows) > 1
    }
    found = list(check_duplicates(survey))
    assert len(found) == bool(expected)
    if found:
        assert places(survey, found[0]) == expected
        repeats = sum(len(rows) - len({normalize(text) for text, _ in rows}) for rows in splits.values())
        assert found[0].facts["repeats"] == repeats

    at_odds = [rows for rows in equal.values() if len({label for _, _, label in rows}) > 1]
    conflicts = list(check_conflicts(survey))
    assert len(conflicts) == bool(at_odds)
    if conflicts:
        assert conflicts[0].facts["texts"] == len(at_odds)
        assert places(survey, conflicts[0]) == {(name, row) for rows in at_odds for name, row, _ in rows}

    for each in check_shared(survey):
        last = each.check.removeprefix("shared-")
        names = list(splits)[: list(splits).index(last) + 1]
        among = [[(name, row) for name, row, _ in rows if name in names] for rows in equal.values()]
        shared = [rows for rows in among if {last} < {name for name, _ in rows}]
        assert each.facts["texts"] == len(shared) > 0
        assert places(survey, each) == {row for rows in shared for row in rows}

    for each in [*found, *conflicts, *check_shared(survey)]:
        groups, rows = each.rows.groups, each.rows
        assert groups is not None
        keys = [
            survey.splits[split].keys[row]
            for split, row in zip(rows.splits.tolist(), rows.rows.tolist(), strict=True)
        ]
        assert all(
            (groups[place] == groups[place - 1]) == (keys[place] == keys[place - 1])
            for place in range(1, len(keys))
            if each.check != "duplicates"
        )
        assert groups.tolist() == sorted(groups.tolist())


def test_texts_shared_with_the_test_split_are_serious(tmp_path: Path) -> None:
    survey = surveyed(tmp_path, train=BASE, validation=OTHER, test=[*LAST, ("TRAIN  one", "x")])
    (found,) = check_shared(survey)
    assert (found.check, found.severity) == ("shared-test", "serious")
    assert found.title == "1 text occurs both in test and in train"
    assert "1 row of test (33 %) also occurs in train, so test scores are too optimistic." in found.meaning
