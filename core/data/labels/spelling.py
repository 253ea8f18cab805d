"""Labels that are probably the same, spelled in different ways."""

import re
import shlex
import unicodedata
from collections.abc import Iterable, Mapping

_LEFT_OUT = re.compile(r"[\s_-]+")


def same_spelling(labels: Iterable[str]) -> list[list[str]]:
    """Groups of labels that differ only in case, accents, spacing, hyphens and underscores."""
    groups: dict[str, list[str]] = {}
    for label in sorted(labels):
        groups.setdefault(_without_spacing(_without_accents(label.casefold())), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def difference(labels: list[str]) -> str:
    """In what labels of the same spelling differ, in a few words."""
    if len({label.casefold() for label in labels}) == 1:
        return "case"
    if len({_without_spacing(label.casefold()) for label in labels}) == 1:
        return "case, spacing or hyphens"
    return "case, accents, spacing or hyphens"


def merging(labels: list[str], counts: Mapping[str, int]) -> str:
    """The options that merge labels into the most frequent of them."""
    kept = max(labels, key=lambda label: counts.get(label, 0))
    return " ".join(f"--merge-label {shlex.quote(f'{label}={kept}')}" for label in labels if label != kept)


def _without_spacing(label: str) -> str:
    # A label of hyphens alone keeps them; a sign before a number is no hyphen.
    if re.fullmatch(r"-[\d.]+", label):
        return label
    return _LEFT_OUT.sub("", label) or label


def _without_accents(label: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", label) if not unicodedata.combining(each))
