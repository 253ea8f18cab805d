"""plain_names: labels as another program writes its values, and truth values in several spellings."""

import re
from collections import Counter
from collections.abc import Collection, Mapping

from core.data.labels.cells import PLAIN
from core.data.labels.names import label_name
from core.data.tables.column_names import rank

_SHOWN = 3
_WRITTEN = (
    (re.compile(r"__label__(.+)"), "fastText's __label__ is no part of a name"),
    (re.compile(r"""[bu]'(.*)'|[bu]"(.*)\""""), "the bytes of Python are written so"),
    (re.compile(r"(?:np|numpy)\.[a-z]\w*\('?(.*?)'?\)"), "the values of numpy are written so"),
    (re.compile(r"tensor\(([^,()]+)(?:, *\w+=[^,]+)*\)"), "the values of torch are written so"),
    (re.compile(r"<\w+\.(\w+): .+>"), "the members of an enumeration are written so"),
)
_MEMBER = re.compile(r"([A-Z]\w*)\.(\w+)")  # Label.POSITIVE
# Spellings of false and true; the first of these pairs that occurs gives the names.
_PAIRS = (("false", "true"), ("no", "yes"), ("off", "on"), ("n", "y"), ("f", "t"), ("0", "1"))
_TRUTH = {word: (pair, truth) for pair in _PAIRS for truth, word in enumerate(pair)}
_TRUTH |= {f"{word}.{zeros}": _TRUTH[word] for word in "01" for zeros in ("", "0")}


def plain_names(labels: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """The names of labels that a program wrote as its values, or that are the same value in two spellings.

    Args:
        labels: all labels of a source, as written.

    Returns:
        The name of each label, and what was assumed.
    """
    names = {label: label for label in labels}
    reasons = []
    for find in (_unwrapped, _members, _truths, _numbers):
        found, why = find(set(names.values()))
        if find is not _numbers:  # whole numbers are the same in any case
            why += f" (--label-delimiter {PLAIN} overrules it)"
        changed = sorted(label for label, name in found.items() if label != name)
        if changed:
            pairs = ", ".join(f"{label!r} as {found[label]!r}" for label in changed[:_SHOWN])
            more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
            reasons.append(f"labels are read {pairs}{more}: {why}.")
            names = {label: found.get(name, name) for label, name in names.items()}
    return names, reasons


def name_within(label: str) -> str:
    """The name in a label that is written as a value of a program; empty if it is not."""
    found = (match for written, _ in _WRITTEN if (match := written.fullmatch(label)))
    return next(("".join(filter(None, match.groups())).strip() for match in found), "")


def truth_of(label: str) -> int | None:
    """1 for a spelling of true, 0 for one of false; None for other labels."""
    return _TRUTH[label.casefold()][1] if label.casefold() in _TRUTH else None


def _unwrapped(labels: Collection[str]) -> tuple[Mapping[str, str], str]:
    for written, why in _WRITTEN:
        if all(map(written.fullmatch, labels)):
            return {label: name_within(label) or label for label in labels}, why
    return {}, ""


def _members(labels: Collection[str]) -> tuple[Mapping[str, str], str]:
    found = {label: match for label in labels if (match := _MEMBER.fullmatch(label))}
    owners = {match[1] for match in found.values()}
    if len(found) < len(labels) or len(owners) != 1 or rank(owner := owners.pop(), "label") is None:
        return {}, ""
    return {label: match[2] for label, match in found.items()}, f"members of the enumeration {owner}"


def _truths(labels: Collection[str]) -> tuple[Mapping[str, str], str]:
    """Names of truth values in several spellings, beside which no other numbers stand."""
    found = {label: _TRUTH[label.casefold()] for label in labels if label.casefold() in _TRUTH}
    pairs = [pair for pair in _PAIRS if any(pair == own for own, _ in found.values())]
    is_complete = len(set(found.values())) == 2 * len(pairs)
    others = [label for label in labels if label not in found]
    if pairs == [("false", "true")] and len(found) > 2 and not others:
        return {label: label.lower() for label in labels}, "spellings of true and false"
    are_letters = all(pair[0] in ("n", "f") for pair in pairs)
    if are_letters or len({truth for _, truth in found.values()}) < 2:
        return {}, ""
    if len(pairs) < 2 or (others and not is_complete) or any(map(str.isdecimal, others)):
        return {}, ""
    names = {label: pairs[0][truth] for label, (_, truth) in found.items()}
    return names, "spellings of " + " and ".join(reversed(pairs[0]))


def _numbers(labels: Collection[str]) -> tuple[Mapping[str, str], str]:
    """Names of whole numbers that are written in two ways."""
    names = {label: label_name(label, "integer") for label in labels}
    same = {name for name, count in Counter(names.values()).items() if count > 1}
    return {label: name for label, name in names.items() if name in same}, "the same number"
