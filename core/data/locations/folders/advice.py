"""Folders that are not read as they are: what they hold, and what to do."""

import re
from collections import Counter
from pathlib import Path

from core.data.formats.files import FORMATS, split_extension
from core.data.locations.folders.listing import data_files, folders_in
from core.text.plain import quoted

_HALF = re.compile(r"(?P<half>x|y)[-_]?(?P<split>train|test|val|valid|validation|dev)", re.IGNORECASE)
_VERSION = re.compile(
    r"[-_. (]*(v(er|ersion)?[-_. ]?\d+([-_.]\d+)*|old|new|final|latest|orig|original|backup"
    r"|bak|copy|fixed|cleaned|\(\d+\))\)?$",
    re.IGNORECASE,
)
_TEXTS = ("", ".txt", ".text")
_MOST_FILES = 1000
_HOW = {
    ".eml": "Save the body of each message as .txt.",
    ".msg": "Save the body of each message as .txt.",
    ".pdf": "Save each as .txt, as `pdftotext` does.",
    ".docx": "Save each as plain text, .txt.",
    ".doc": "Save each as plain text, .txt.",
    ".html": "Save each as plain text, .txt.",
    ".htm": "Save each as plain text, .txt.",
    ".xml": "Save the text of each as .txt.",
    ".md": "Name them .txt.",
}


def advise(folder: Path) -> tuple[str, str] | None:
    """What is wrong with a folder, and what to do; None if nothing is known of it.

    Raises:
        Problem: the folder is unreadable.
    """
    files = data_files(folder)
    return _spans(folder) or _halves(files) or _versions(files) or (None if files else _unread_texts(folder))


def _spans(folder: Path) -> tuple[str, str] | None:
    """Annotations of brat: a file .ann beside each text."""
    for place in [folder, *folders_in(folder)]:
        marked = next(
            (path for path in sorted(place.glob("*.ann")) if path.with_suffix(".txt").exists()), None
        )
        if marked:
            return (
                f"{marked.name!r} and others are annotations of brat, which mark spans within texts",
                "A classifier learns a label for each text: write a file with a column for the texts and one "
                "for their labels.",
            )
    return None


def _halves(files: list[Path]) -> tuple[str, str] | None:
    """Texts and labels in tables of their own: `X_train.csv` and `y_train.csv`."""
    found = {
        (match["half"].lower(), match["split"].lower()): path
        for path in files
        if (match := _HALF.fullmatch(split_extension(path)[0]))
    }
    splits = [split for half, split in found if half == "x" and ("y", split) in found]
    if not splits:
        return None
    split = max(splits, key=lambda each: each == "train")
    names = [found["x", split].name, found["y", split].name]
    return (
        f"texts and labels lie in tables of their own, {quoted(names)}",
        f"Put each pair side by side into one table: pd.concat([pd.read_csv({names[0]!r}), "
        f"pd.read_csv({names[1]!r})], axis=1).to_csv('{split}.csv', index=False). "
        "Plain lines without a header need not be joined: call them train_text.txt and train_labels.txt.",
    )


def _versions(files: list[Path]) -> tuple[str, str] | None:
    """Files whose names differ in the version only."""
    names = {_VERSION.sub("", split_extension(path)[0]).lower() for path in files}
    if len(files) < 2 or len(names) > 1:
        return None
    return (
        f"{quoted([path.name for path in files], 5)} seem to be versions of the same data",
        f"Name the one to learn from, as in '{files[-1]}'. Reading several would count rows twice.",
    )


def _unread_texts(folder: Path) -> tuple[str, str] | None:
    """Folders with files whose extension is not read as text."""
    places = folders_in(folder)
    suffixes = [
        Counter(path.suffix.lower() for path in list(each.iterdir())[:_MOST_FILES] if path.is_file())
        for each in places
    ]
    total = sum(suffixes, Counter[str]())
    held = [each for each in suffixes if each]
    others = [
        suffix
        for suffix, _ in total.most_common()
        if suffix not in _TEXTS and all(suffix in each for each in held)
    ]
    if len(held) < 2 or not others:
        return None
    if others[0] in FORMATS:
        return (
            f"no data file, only folders with {others[0]} files",
            f"If each has a column of labels, name the files: '{folder}/*/*{others[0]}'. If the folders "
            "are the labels, put the files into one, with a column of labels.",
        )
    return (
        f"the folders {quoted([each.name for each in places], 5)} hold files that are not read as texts: "
        f"{', '.join(f'{suffix} ({total[suffix]:,})' for suffix in others[:3])}",
        f"{_HOW.get(others[0], 'Save the text of each as .txt.')} The texts of a folder for each label are "
        "files that end in .txt, .text, a number or nothing.",
    )
