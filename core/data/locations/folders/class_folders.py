"""A folder for each label, with one text in each file: `train/pos/1.txt`, or `pos/1.txt`."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.config import DataConfig
from core.data.formats.files import split_extension
from core.data.locations.described import Described
from core.data.locations.folders.folder_texts import ClassFolders, holds_texts
from core.data.locations.folders.listing import data_files, folders_in
from core.data.locations.folders.unread import unread
from core.data.tables.subsets import FILE, split_of
from core.data.tables.table import Reader, assumption
from core.problems import Problem, without_home
from core.text.plain import quoted

_BETWEEN_WORDS = re.compile(r"([-_. ])")
_NUMBERED = re.compile(r"[A-Za-z]{0,6}[-_ ]?\d+")
_WITHOUT_LABEL = ("unsup", "unlabeled", "unlabelled", "unsupervised")


def in_class_folders(folder: Path, config: DataConfig) -> Mapping[str, Reader] | None:
    """Readers of a folder for each label, below a folder for each split or not; None if the folder is none.

    Raises:
        Problem: the folder is unreadable.
    """
    words = (_BETWEEN_WORDS.split(split_extension(path)[0]) for path in data_files(folder))
    if any(split_of(word) for each in words for word in each):
        return None  # the files are the data
    splits = _by_split(folder)
    readers: dict[str, Reader] = {
        split: reader for split, each in splits.items() if (reader := _reader(each, config))
    }
    taken = [splits[split] for split in readers]
    if not readers and (whole := _reader(folder, config)) is not None:
        readers, taken = {FILE: whole}, [each for each in folders_in(folder) if not split_of(each.name)]
    inner = folders_in(folder)
    if not readers and len(inner) == 1 and not data_files(folder):
        return in_class_folders(inner[0], config)
    if readers and (notes := unread(folder, taken)):
        first = "train" if "train" in readers else next(iter(readers))
        return readers | {first: Described(readers[first], notes)}
    return readers or None


def _by_split(folder: Path) -> dict[str, Path]:
    """Folders that are named for a split, or alike but for its word: `20news-bydate-train`, `…-test`."""
    named = {split: each for each in folders_in(folder) if (split := split_of(each.name))}
    if named:
        return named
    alike: dict[str, dict[str, Path]] = {}
    for each in folders_in(folder):
        words = _BETWEEN_WORDS.split(each.name)
        found = [place for place, word in enumerate(words) if split_of(word)]
        if len(found) == 1:
            rest = "".join(words[: found[0]] + words[found[0] + 1 :])
            alike.setdefault(rest, {})[split_of(words[found[0]]) or ""] = each
    splits = next(iter(alike.values()), {})
    return splits if len(alike) == 1 and "train" in splits else {}


def _reader(folder: Path, config: DataConfig) -> Reader | None:
    places = [each for each in folders_in(folder) if not split_of(each.name)]
    texts = [each.name for each in places if holds_texts(each)]
    labels = [name for name in texts if name.lower() not in _WITHOUT_LABEL]
    deep: list[str] = []
    if not texts:
        labels = deep = [each.name for each in places if _holds_numbered(each)]
        _check_labels(folder, places, deep)
    if len(labels) < max(2, len(places) / 2):
        return None
    notes = [assumption("labels are the names of folders", f"{quoted(labels, 5)} hold one text in each file")]
    if deep:
        notes.append("The folders within them are numbered, and are no labels.")
    if others := [each.name for each in places if each.name not in labels]:
        why = "it has no label" if set(others) <= set(texts) else "no text files are in it"
        notes.append(assumption(f"folder {quoted(others, 5)} is not read", why))
    return ClassFolders(folder, labels, config, notes, is_deep=bool(deep))


def _holds_numbered(folder: Path) -> bool:
    """Whether a folder holds nothing but numbered folders of texts: of folds, of years."""
    inner = folders_in(folder)
    return bool(inner) and all(_NUMBERED.fullmatch(each.name) and holds_texts(each) for each in inner)


def _check_labels(folder: Path, places: Sequence[Path], numbered: Sequence[str]) -> None:
    """Check that folders of texts do not lie in folders, if both may be the labels.

    Raises:
        Problem: they do.
    """
    deep = [each for each in places if any(map(holds_texts, folders_in(each)))]
    if len(deep) < 2 or len(deep) < len(places) or len(numbered) == len(deep):
        return
    inner = next(each for each in folders_in(deep[0]) if holds_texts(each))
    raise Problem(
        f"folders of texts within folders, as {deep[0].name}/{inner.name}: which of them are the labels is "
        "not known",
        where=without_home(str(folder)),
        mend=f"If {inner.name!r} is a label, name the folder {str(deep[0])!r}. "
        f"If {deep[0].name!r} is, put its texts into it.",
    )
