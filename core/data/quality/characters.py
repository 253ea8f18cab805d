"""Checks of what single texts are made of: odd characters, markup, next to nothing, another language."""

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from core.data.quality.found import Found, RowList, share, times
from core.data.quality.languages import LANGUAGES, UNKNOWN
from core.data.quality.survey import Survey
from core.data.quality.traits import CONTROL, DAMAGED, MARKUP, SHORT, Trait, describe, in_words
from core.protocol import Severity

_MANY = 0.01  # of all rows
_LEAST_MAIN_SHARE = 0.5


def check_control(survey: Survey) -> Iterator[Found]:
    """Texts with control characters."""
    yield from _having(
        survey,
        CONTROL,
        ("text holds", "texts hold"),
        "control characters that nobody sees",
        "warning",
        meaning="A tokenizer drops them or makes unknown tokens of them, and they hide that texts are equal.",
        mend="Remove them where the data are made; a wrong encoding is a frequent cause (--encoding).",
    )


def check_damaged(survey: Survey) -> Iterator[Found]:
    """Texts that were read with the wrong encoding somewhere on their way."""
    yield from _having(
        survey,
        DAMAGED,
        ("text shows", "texts show"),
        "signs of a wrong encoding",
        "warning",
        meaning="Words with such letters are unknown to a pre-trained model.",
        mend="Make the file again from its source in UTF-8, or name its encoding with --encoding.",
    )


def check_markup(survey: Survey) -> Iterator[Found]:
    """Texts with tags or entities of HTML."""
    yield from _having(
        survey,
        MARKUP,
        ("text holds", "texts hold"),
        "tags or entities of HTML",
        "note",
        meaning="They take tokens from the text, and a model can take them for a sign of a label.",
        mend="Remove them, and from the texts that are to be classified later as well.",
    )


def check_short(survey: Survey) -> Iterator[Found]:
    """Texts with next to no letters or digits."""
    yield from _having(
        survey,
        SHORT,
        ("text has", "texts have"),
        "fewer than three letters or digits",
        "note",
        meaning="There is nothing in them to learn a label from.",
        mend="Delete these rows, unless such texts are to be classified later.",
    )


def check_languages(survey: Survey) -> Iterator[Found]:
    """Texts that seem to be in another language than most."""
    counts = sum(
        (np.bincount(split.languages, minlength=len(LANGUAGES)) for split in survey.splits),
        np.zeros(len(LANGUAGES), np.int64),
    )
    known = counts.copy()
    known[LANGUAGES.index(UNKNOWN)] = 0
    main = int(known.argmax())
    others = Counter({LANGUAGES[n]: int(c) for n, c in enumerate(known) if c and n != main})
    if not others or known[main] < _LEAST_MAIN_SHARE * known.sum():
        return
    unknown = LANGUAGES.index(UNKNOWN)
    rows = RowList.of(
        np.flatnonzero((split.languages != main) & (split.languages != unknown)) for split in survey.splits
    )
    count = times(len(rows), "text seems", "texts seem")
    yield Found(
        check="languages",
        severity="warning" if len(rows) >= _MANY * known.sum() else "note",
        title=f"{count} to be in another language than {LANGUAGES[main]}: {in_words(others)}",
        meaning="A model of one language reads others badly. This is a guess by little words and scripts.",
        mend="Delete them, or choose a model of several languages.",
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
) -> Iterator[Found]:
    """The rows whose texts have `trait`; a few of them are only worth a note."""
    rows = RowList.of(split.having(trait) for split in survey.splits)
    if not len(rows):
        return
    total = sum(map(len, survey.splits))
    kinds = survey.kinds[trait.name]
    yield Found(
        check=trait.name,
        severity=severity,
        title=f"{times(len(rows), *verbs)} {what} ({share(len(rows) / total)}): {in_words(kinds)}",
        meaning=meaning,
        mend=mend,
        rows=rows,
        facts={"rows": len(rows), **dict(kinds.most_common(20))},
        note=_note_of(trait),
    )


def _note_of(trait: Trait) -> Callable[[Survey, int, int, str], str]:
    return lambda survey, split, row, text: describe(trait.find(text))


def _language(survey: Survey, split: int, row: int, text: str) -> str:
    return LANGUAGES[int(survey.splits[split].languages[row])]
