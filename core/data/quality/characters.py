"""Checks of single texts: unusual characters, markup, very short texts, other languages."""

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from core.data.quality.finding import Finding, RowList, share
from core.data.quality.languages import UNKNOWN, language_name
from core.data.quality.survey import Survey
from core.data.quality.traits import CONTROL, DAMAGED, MARKUP, PLACEHOLDER, SHORT, Trait, describe, in_words
from core.protocol import Severity
from core.text.format import counted

_MANY = 0.01  # share of rows from which a finding is a warning
_MIN_MAIN_SHARE = 0.5


def check_control(survey: Survey) -> Iterator[Finding]:
    """Texts with control characters."""
    yield from _having(
        survey,
        CONTROL,
        ("text contains", "texts contain"),
        "invisible control characters",
        "warning",
        meaning="A tokenizer drops them or turns them into unknown tokens. Equal texts look different.",
        mend="Remove them at the source of the data. A wrong encoding is a common cause (--encoding).",
    )


def check_damaged(survey: Survey) -> Iterator[Finding]:
    """Texts that were once decoded with the wrong encoding."""
    yield from _having(
        survey,
        DAMAGED,
        ("text shows", "texts show"),
        "signs of a wrong encoding",
        "warning",
        meaning="A pre-trained model does not know words with such letters.",
        mend="Export the file again in UTF-8, or give its encoding with --encoding.",
    )


def check_markup(survey: Survey) -> Iterator[Finding]:
    """Texts with HTML tags or entities."""
    yield from _having(
        survey,
        MARKUP,
        ("text contains", "texts contain"),
        "HTML tags or entities",
        "note",
        meaning="They use up tokens, and a model may learn to associate them with a label.",
        mend="Remove them, here and in texts to be classified later.",
    )


def check_short(survey: Survey) -> Iterator[Finding]:
    """Texts with almost no letters or digits."""
    yield from _having(
        survey,
        SHORT,
        ("text has", "texts have"),
        "fewer than three letters or digits",
        "note",
        meaning="They contain nothing to learn a label from.",
        mend="Delete these rows, unless such texts will be classified later.",
    )


def check_placeholders(survey: Survey) -> Iterator[Finding]:
    """Texts that are none: errors of a spreadsheet, nulls, marks of deleted texts."""
    yield from _having(
        survey,
        PLACEHOLDER,
        ("text is", "texts are"),
        "a mark that there is no text",
        "warning",
        meaning="A spreadsheet, a database or a forum wrote it in place of the text.",
        mend="Delete these rows; --drop-bad-rows drops empty texts only.",
    )


def check_languages(survey: Survey) -> Iterator[Finding]:
    """Texts in another language than the majority."""
    languages = survey.languages
    counts = sum(
        (np.bincount(split.languages, minlength=len(languages)) for split in survey.splits),
        np.zeros(len(languages), np.int64),
    )
    is_known = np.array([code != UNKNOWN for code in languages], bool)
    known = np.where(is_known, counts, 0)
    if not known.any():
        return
    main, total = int(known.argmax()), sum(map(len, survey.splits))
    others = Counter({language_name(languages[n]): int(c) for n, c in enumerate(known) if c and n != main})
    # A language that few texts are certain to be in is not the one of the data.
    if not others or known[main] < _MIN_MAIN_SHARE * total:
        return
    is_other = is_known & (np.arange(len(languages)) != main)
    rows = RowList.of(np.flatnonzero(is_other[split.languages]) for split in survey.splits)
    yield Finding(
        check="languages",
        severity="warning" if len(rows) >= _MANY * known.sum() else "note",
        title=f"{counted(len(rows), 'text')} may be in another language than "
        f"{language_name(languages[main])}: {in_words(others)}",
        meaning="A model of one language reads others badly. Short texts may be misjudged.",
        mend="Delete them, or use a multilingual model.",
        rows=rows,
        facts={"rows": len(rows), **others},
        note=_language,
    )


def _having(
    survey: Survey,
    trait: Trait,
    verbs: tuple[str, str],
    what: str,
    severity: Severity,
    *,
    meaning: str,
    mend: str,
) -> Iterator[Finding]:
    """A finding about the rows whose texts have `trait`."""
    rows = RowList.of(split.having(trait) for split in survey.splits)
    if not len(rows):
        return
    total = sum(map(len, survey.splits))
    kinds = survey.kinds[trait.name]
    yield Finding(
        check=trait.name,
        severity=severity,
        title=f"{counted(len(rows), *verbs)} {what} ({share(len(rows) / total)}): {in_words(kinds)}",
        meaning=meaning,
        mend=mend,
        rows=rows,
        facts={"rows": len(rows), **dict(kinds.most_common(20))},
        note=_note_of(trait),
    )


def _note_of(trait: Trait) -> Callable[[Survey, int, int, str], str]:
    return lambda survey, split, row, text: describe(trait.find(text))


def _language(survey: Survey, split: int, row: int, text: str) -> str:
    return language_name(survey.languages[int(survey.splits[split].languages[row])])
