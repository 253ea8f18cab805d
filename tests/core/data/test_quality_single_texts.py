"""Checks of single texts (characters, markup, length, language) and of label frequencies."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surveys import as_rows, surveyed, surveyed_in_temporary_folder

from core.data.quality.characters import (
    check_control,
    check_damaged,
    check_languages,
    check_markup,
    check_short,
)
from core.data.quality.checks import describe, open_rows, run_checks
from core.data.quality.label_counts import check_imbalance, check_rare
from core.data.quality.languages import identify_language, language_name
from core.data.quality.lengths import bins_of, check_cut, lengths_by_label

ODD = [
    "plain",
    "bell\x07 and\x07 escape\x1b",
    "zero\u200bwidth",
    "caf\u00c3\u00a9",
    "lost \ufffd",
    "a<BR/>b &amp; c",
    "!?",
]


def test_odd_texts_are_found_with_the_reason(tmp_path: Path) -> None:
    survey = surveyed(tmp_path, train=as_rows(ODD), validation=as_rows(["fine"]))
    control, damaged, markup, short = (
        next(check(survey)) for check in (check_control, check_damaged, check_markup, check_short)
    )
    notes = {each.check: [row.note for row in each.first] for each in describe(survey, run_checks(survey))}
    assert control.title.startswith("2 texts contain invisible control characters")
    assert notes[control.check] == ["U+0007 ×2, U+001B", "U+200B"]
    assert damaged.rows.rows.tolist() == [3, 4]
    assert notes[damaged.check] == ["\u00c3\u00a9", "U+FFFD"]
    assert notes[markup.check] == ["<br>, &amp;"]
    assert short.rows.rows.tolist() == [6]


@pytest.mark.parametrize(
    "text",
    [
        "<AAPL> rose, <META> and $TSLA fell",
        "<GOOG.O> up 2 %",
        "<user> see <url>",
        "AT&T; R&DX; 1 < 2 > 0",
        "<a>",
    ],
)
def test_shares_and_placeholders_are_no_markup(tmp_path: Path, text: str) -> None:
    survey = surveyed(tmp_path, train=as_rows(["fine", text]), validation=as_rows(["good"]))
    assert not list(check_markup(survey))


def test_a_language_that_few_texts_are_certain_to_be_in_is_not_that_of_the_data(tmp_path: Path) -> None:
    uncertain = ["Anteeksi.", "Se on totta.", "Mene pois!", "Tule tänne heti.", "Oletko varma?"]
    known = [
        "I do not know what you are talking about.",
        "This is the best day of my life.",
        "Ich weiß es nicht genau.",
    ]
    survey = surveyed(tmp_path, train=as_rows([*uncertain, *known]), validation=as_rows(uncertain))
    assert not list(check_languages(survey))


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_only_odd_texts_are_reported(text: str) -> None:
    survey = surveyed_in_temporary_folder(
        train=as_rows(["fine", f"it is {text} here"]), validation=as_rows(["good"])
    )
    odd = [character for character in text if character < " " and character not in "\t\n\r"]
    found = list(check_control(survey))
    assert not odd or found
    if text.isascii() and text.isprintable():
        assert not found
        assert not list(check_damaged(survey))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The film is what it is, and that was not for you.", "English"),
        ("Das ist nicht der Film, den ich mit dir sehen wollte, und auch nicht von hier.", "German"),
        ("Je ne sais pas ce qui est dans les rues, mais il pleut sur la ville.", "French"),
        ("Не знаю, что сказать об этом фильме.", "Russian"),
        ("この映画はとても良かったです。", "Japanese"),
        ("这部电影非常好看。", "Chinese"),
        ("no charm , no laughs , no fun , do not go", "unknown"),
        ("muy buena película", "Spanish"),
        ("Bu film gerçekten çok güzeldi.", "Turkish"),
        ("great", "unknown"),
        ("12 + 3", "unknown"),
    ],
)
def test_languages_are_identified(text: str, language: str) -> None:
    assert language_name(identify_language(text)) == language


def test_texts_in_a_minority_language_are_found(tmp_path: Path) -> None:
    english = [
        f"This is the film {number} that they have seen, and it was not for us." for number in range(9)
    ]
    german = ["Das ist der Film, den ich nicht mit dir sehen wollte."]
    survey = surveyed(tmp_path, train=as_rows(english + german), validation=as_rows(["good"]))
    (found,) = check_languages(survey)
    assert "1 text may be in another language than English: German" in found.title
    assert found.rows.rows.tolist() == [9]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(3, 50))
def test_lengths_and_truncated_texts_are_counted(words: list[int], max_length: int) -> None:
    rows = as_rows([" ".join(["w"] * count) for count in words])
    survey = surveyed_in_temporary_folder(max_length, train=rows, validation=as_rows(["good"]))
    bins = bins_of(survey)
    assert bins == sorted(set(bins))
    lengths = [count + 2 for count in words]
    by_label = {each.label: each for each in lengths_by_label(survey, survey.train, bins)}
    found = by_label["x"]
    assert sum(found.bins) == found.texts == len(words)
    for place, end in enumerate(bins[:-1]):
        assert sum(found.bins[: place + 1]) == sum(length <= end for length in lengths)
    over = [length - max_length for length in lengths if length > max_length]
    assert found.truncated == len(over)
    assert found.tokens_cut == pytest.approx(sum(over) / sum(lengths))
    if over:
        assert max_length in bins
        (cut,) = check_cut(survey)
        assert "such texts are cut at the end" in cut.title
        assert cut.facts["tokens_share"] > 0
        chosen = [int(survey.splits[0].lengths[row]) for row in cut.rows.rows[cut.rows.splits == 0]]
        assert chosen == sorted(chosen, reverse=True)
        assert chosen[: len(over)] == sorted((each + max_length for each in over), reverse=True)


def test_skewed_and_rare_labels_are_found(tmp_path: Path) -> None:
    rows = [(f"text {number}", "many") for number in range(40)] + [(f"few {n}", "few") for n in range(4)]
    survey = surveyed(tmp_path, train=rows, validation=[("a", "many"), ("b", "few")])
    (skewed,), (rare,) = check_imbalance(survey), check_rare(survey)
    assert skewed.facts["ratio"] == 10
    assert 0 < skewed.facts["evenness"] < 1
    assert "--metric macro_f1" in skewed.mend
    assert skewed.rows.rows.tolist() == rare.rows.rows.tolist() == [40, 41, 42, 43]
    even = surveyed(tmp_path, train=rows[:10] + rows[40:], validation=[("a", "many"), ("b", "few")])
    assert not list(check_imbalance(even))


def test_rows_are_paged_with_their_line_numbers(tmp_path: Path) -> None:
    long = "word " * 200
    texts = [f"{long}{number}" if number % 2 else f"short\n{number}" for number in range(10)]
    survey = surveyed(tmp_path, 100, train=as_rows(texts), validation=as_rows(["good"]))
    (cut,) = check_cut(survey)
    assert len(cut.rows) == 5
    page = open_rows(survey, cut, 1, 3)
    assert [row.text for row in page] == [texts[3], texts[5], texts[7]]
    # Every second text spans two lines of the file.
    assert [row.line for row in page] == [7, 10, 13]
    assert [row.note for row in page] == ["203 tokens, 103 not read"] * 3
    assert open_rows(survey, cut, 5, 3) == []
