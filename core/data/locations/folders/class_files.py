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
from core.problems import without_home
from core.text.plain import quoted

_LABEL = "label"
_MOST_FILES = 100
_NUMBER = re.compile(r"\d+")
_NO_LETTERS = re.compile(r"[\W\d_]")
_FEWEST_LETTERS = 3
_BETWEEN_WORDS = re.compile(r"[-_. ]")
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
        Problem: a file cannot be read.
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
    labels = _without_shared_words(names)
    # "a" and "b" number things, and "en" and "de" are languages.
    return labels if all(len(_NO_LETTERS.sub("", label)) >= _FEWEST_LETTERS for label in labels) else []


def _without_shared_words(names: Sequence[str]) -> list[str]:
    """Names without the words that all begin or end with: `negative` of `reviews_negative`."""
    words = [_BETWEEN_WORDS.split(name) for name in names]
    fewest = min(map(len, words))
    first = next((at for at in range(fewest) if len({each[at] for each in words}) > 1), fewest)
    last = next((at for at in range(fewest - first) if len({each[-1 - at] for each in words}) > 1), 0)
    return ["_".join(each[first : len(each) - last]) for each in words]


def _holds_texts_only(head: Table) -> bool:
    """Whether a table has one column of texts, and no other but ids, dates and the like."""
    others = [name for name in head.columns if not is_about(name)]
    if len(others) != 1 or not text_weight(head.columns[others[0]]):
        return False
    return rank(others[0], "label") is None or rank(others[0], "text") is not None
