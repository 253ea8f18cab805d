"""A file for each label: `negative.txt` and `positive.txt`, or `reviews.neg` and `reviews.pos`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.config import DataConfig
from core.data.columns.content import text_weight
from core.data.formats.files import DataFile, split_extension
from core.data.locations.described import Described
from core.data.locations.several import SeveralFiles
from core.data.tables.column_names import is_about, rank, words_of
from core.data.tables.subsets import split_of
from core.data.tables.table import Reader, Table, WrappingReader, assumption
from core.problems import Problem, without_home
from core.text.plain import quoted

_LABEL = "label"
_MOST_FILES = 100
_NUMBER = re.compile(r"\d+")
_BETWEEN_WORDS = re.compile(r"([-_. ]+)")
_LANGUAGES = frozenset(
    (
        *("ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi"),
        *("hr", "hu", "id", "is", "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru"),
        *("sk", "sl", "sr", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "vi", "zh"),
    )
)
_DATE = re.compile(
    r"(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?"
    r"|nov(ember)?|dec(ember)?|\d+)([-_ ]?\d+)*",
    re.IGNORECASE,
)
_NO_WORDS = frozenset(("not", "non", "is", "un", "has"))  # alone; `not_toxic` beside `is_toxic` has a meaning
_MAY_HAVE_DOTS = re.compile(r"[A-Za-z]\w*")
# Files with these words hold something else: the other half of the examples, or words about them.
_NO_LABELS = frozenset(
    (
        *("text", "texts", "label", "labels", "class", "classes", "target", "targets", "mapping", "data"),
        *("readme", "license", "vocab", "vocabulary", "stopwords", "names", "sentences", "documents"),
        *("x", "y", "submission"),
    )
)


class WithLabel(WrappingReader):
    """A reader of texts that all have one label: the column `label`."""

    def __init__(self, reader: Reader, label: str) -> None:
        super().__init__(reader)
        self._label = label

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield the rows of the reader with the label."""
        wanted = None if columns is None else [name for name in columns if name != _LABEL]
        for table in self._reader.chunks(wanted or None):
            cells = table.columns | {_LABEL: [self._label] * len(table)}
            yield replace(table, columns={name: cells[name] for name in columns or cells})


def class_files(files: Sequence[Path], config: DataConfig, name: str = "") -> Reader | None:
    """A reader of files that each hold the texts of the label in their name; None if they do not.

    Their only column beside ids and dates is the same text column, and no name is that of a split.

    Raises:
        Problem: a file cannot be read, or the names are no words for labels.
    """
    labels = _labels(files)
    if config.label_column is not None or not labels:
        return None
    readers = [DataFile(path, config) for path in files]
    heads = [next(reader.chunks()) for reader in readers]
    if any(len(head) < 2 or not _holds_texts_only(head) for head in heads):
        return None
    if any(set(head.columns) != set(heads[0].columns) for head in heads):
        return None
    _check_words(labels, files)
    several = SeveralFiles(
        name or without_home(str(files[0].parent)),
        [WithLabel(reader, label) for reader, label in zip(readers, labels, strict=True)],
    )
    names = quoted([path.name for path in files], 5)
    what = f"labels are the names of files, {quoted(labels, 5)}"
    return Described(several, [assumption(what, f"{names} hold texts only", "--label-column")])


def without_format(folder: Path) -> list[Path]:
    """The files of a folder whose names differ in what follows the last dot only, where it is no format."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        is_other = path.is_file() and path.name[0] not in "._" and not split_extension(path)[1]
        if is_other and _MAY_HAVE_DOTS.fullmatch(path.suffix[1:]):
            found.setdefault(path.stem, []).append(path)
    groups = [files for files in found.values() if len(files) > 1]
    return groups[0] if len(groups) == 1 else []


def _labels(files: Sequence[Path]) -> list[str]:
    """The labels in the names of files; none if they are no labels."""
    if not 2 <= len(files) <= _MOST_FILES:
        return []
    names = [split_extension(path)[0] for path in files]
    stems = {path.stem for path in files}
    if not any(split_extension(path)[1] for path in files) and len(stems) == 1:
        names = [path.suffix[1:] for path in files]
    words = [word for name in names for word in (*words_of(name), *name.lower().split("_"))]
    are_numbered = len({_NUMBER.sub("", name) for name in names}) < len(names)
    if are_numbered or _NO_LABELS.intersection(words) or any(map(split_of, words)):
        return []
    return _what_differs(names)


def _what_differs(names: Sequence[str]) -> list[str]:
    """Names without the words at the start and the end that all of them share."""
    words = [_BETWEEN_WORDS.split(name) for name in names]
    most = min(map(len, words)) - 1
    start = end = 0
    while start + 2 <= most and len({tuple(each[start : start + 2]) for each in words}) == 1:
        start += 2
    while start + end + 2 <= most and len({tuple(each[-end - 2 : len(each) - end]) for each in words}) == 1:
        end += 2
    found = ["".join(each[start : len(each) - end]) for each in words]
    return list(names) if _NO_WORDS.intersection(name.lower() for name in found) else found


def _check_words(labels: list[str], files: Sequence[Path]) -> None:
    """Check that the names of files are not all letters, codes of languages, or months.

    Raises:
        Problem: they are.
    """
    parts = [re.split(r"[-_ ]", label.lower()) for label in labels]
    if all(len(label) == 1 for label in labels):
        what = "letters"
    elif all(each[0] in _LANGUAGES and len(each) <= 2 and len(each[-1]) == 2 for each in parts):
        what = "codes of languages"
    elif all(_DATE.fullmatch(label) for label in labels):
        what = "dates"
    else:
        return
    raise Problem(
        f"no file has a column of labels, and their names differ only in {what}: {quoted(labels, 5)}",
        where=without_home(str(files[0].parent)),
        mend="Add a column of labels to each file. "
        "If the names are the labels, write them out in words: negative.csv and positive.csv.",
    )


def _holds_texts_only(head: Table) -> bool:
    """Whether a table has one column of texts, and no other but ids, dates and the like."""
    others = [name for name in head.columns if not is_about(name)]
    if len(others) != 1 or not text_weight(head.columns[others[0]]):
        return False
    return rank(others[0], "label") is None or rank(others[0], "text") is not None
