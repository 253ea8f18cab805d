"""match_labels: which known label another spelling or a number stands for."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from core.data.labels.names import kind_of, label_name
from core.data.labels.plain_names import truth_of
from core.text.plain import as_argument, quoted

_SHOWN = 5
_UNNAMED = re.compile(r"LABEL_(\d+)")


@dataclass(frozen=True)
class Matches:
    """The labels that words stand for."""

    names: dict[str, str] = field(default_factory=dict)
    """By word; words that stand for no label are missing."""
    reasons: list[str] = field(default_factory=list)
    """What was assumed, in sentences."""


def match_labels(
    words: Iterable[str], labels: Collection[str], numbered: Mapping[str, str], merges: Mapping[str, str]
) -> Matches:
    """Find the label that each word stands for, where that is certain.

    A word stands for the label that it is. If it is none, it stands for the only label that differs in case
    and spacing, for the label that its number is known to mean, or for the number of its name.

    Args:
        words: the labels of other data, as written.
        labels: the known labels.
        numbered: names of labels by number, where the numbering is declared.
        merges: labels that count as others; they are known as well.
    """
    words = list(dict.fromkeys(words))
    known = {*labels, *merges}
    found = Matches({word: word for word in words if word in known})
    for match, why in (
        (
            _unique((_folded(label), merges.get(label, label)) for label in known),
            "they differ only in case and spacing",
        ),
        (_unnamed(words, known), "LABEL_n is a number without a name"),
        _by_number(words, known, numbered),
    ):
        new = {word: name for word in words if word not in found.names and (name := match.get(_folded(word)))}
        if new:
            pairs = [f"{word!r} as {name!r}" for word, name in list(new.items())[:_SHOWN]]
            more = f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else ""
            found.reasons.append(f"labels are matched: {', '.join(pairs)}{more} ({why}).")
            found.names.update(new)
    return found


def show_sides(words: Iterable[str], labels: Collection[str]) -> str:
    """How to say what words mean that stand for no label, with both sides."""
    unknown, known = sorted(words), list(labels)
    sides = f"The labels are {quoted(known)}."
    kinds = kind_of(unknown), kind_of(known)
    if kinds == ("integer", "word"):
        why = ""
        if {int(float(word)) for word in unknown} == set(range(1, len(known) + 1)):
            known, why = ["none", *known], " (the numbers begin with 1: the name of 0 is not used)"
        return (
            f"{sides} If numbers stand for them, name the labels 0, 1, 2, … in order, as in "
            f"--label-names {_example(known)}{why}."
        )
    if kinds == ("word", "integer"):
        return (
            f"{sides} If these are their names, give the names of 0, 1, 2, … in order, as in "
            f"--label-names {_example(unknown)}."
        )
    return (
        f"{sides} Correct the rows, count labels as others with --merge-label OLD=NEW, or drop the rows with "
        "--min-label-examples 2."
    )


def _example(names: list[str]) -> str:
    return as_argument(",".join(names[:_SHOWN]) + ",…" * (len(names) > _SHOWN))


def _folded(word: str) -> str:
    return " ".join(label_name(word, "integer").casefold().split())


def _by_number(
    words: list[str], labels: set[str], numbered: Mapping[str, str]
) -> tuple[Mapping[str, str], str]:
    """Labels by their number, or numbers by the folded name of the label; and why."""
    unknown = [word for word in words if word not in labels]
    kinds = kind_of(unknown), kind_of(labels)
    truths = {truth_of(label): label for label in labels}
    if len(truths) == len(labels) == 2 and None not in truths:
        meant = {_folded(word): truths[truth] for word in unknown if (truth := truth_of(word)) is not None}
        if meant:
            return meant, "0 is false and 1 is true"
    declared = "the names of the numbers are declared"
    if kinds[0] == "integer":
        return {number: name for number, name in numbered.items() if name in labels}, declared
    if kinds[1] == "integer":
        names = numbered.items()
        return _unique((_folded(name), number) for number, name in names if number in labels), declared
    return {}, ""


def _unnamed(words: list[str], labels: set[str]) -> Mapping[str, str]:
    """Labels by the other spelling of their number: 0 as LABEL_0, or LABEL_0 as 0."""
    numbers = {match[1]: label for label in labels if (match := _UNNAMED.fullmatch(label))}
    spelled = {word: match[1] for word in words if (match := _UNNAMED.fullmatch(word))}
    return numbers | {_folded(word): number for word, number in spelled.items() if number in labels}


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values by key, without keys that have several."""
    found: dict[str, set[str]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: next(iter(values)) for key, values in found.items() if len(values) == 1}
