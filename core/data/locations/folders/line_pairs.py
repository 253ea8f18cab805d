"""Texts in one file, and their labels in the lines of another: `train_text.txt` and `train_labels.txt`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from core.config import DataConfig, ReadingConfig
from core.data.formats.content import Stamp, stamp
from core.data.formats.files import split_extension
from core.data.formats.text.plain_lines import parse_plain_lines
from core.data.formats.text.text_file import TextFile
from core.data.locations.described import Described
from core.data.locations.folders.unread import unread
from core.data.tables.subsets import FILE, split_of
from core.data.tables.table import Cell, ChunkSize, Reader, Table, assumption
from core.problems import Problem, without_home
from core.text.plain import quoted

_WORDS = r"((?P<text>texts?|sentences?|x|seq\.in)|labels?|y)"
_HALF = re.compile(rf"((?P<before>.+)[-_./])?{_WORDS}([-_.](?P<after>.+))?")
_MAPPING = ("mapping.txt", "classes.txt", "labels_mapping.txt")
_MOST_CLASSES = 1000
_Line = tuple[int, str]


def in_line_pairs(folder: Path, config: DataConfig) -> Mapping[str, Reader] | None:
    """Readers of texts and labels in the lines of two files, by split; None if there are none.

    Raises:
        Problem: the folder is unreadable.
    """
    names = [path.name for path in _files(folder)]
    names += [f"{each.name}/{path.name}" for each in _folders(folder) for path in _files(each)]
    halves = {name: half for name in names if (half := _half(name))}
    found: dict[str, tuple[str, str]] = {}
    for name, (key, is_label) in halves.items():
        if not is_label and (label := next((n for n, each in halves.items() if each == (key, True)), "")):
            found[key] = (name, label)
    splits = {split_of(key) or (FILE if not key else ""): pair for key, pair in found.items()}
    if not splits or "" in splits or len(splits) < len(found) or (FILE in splits and len(splits) > 1):
        return None
    classes, path = _class_names(folder)
    readers: dict[str, Reader] = {}
    for split, (texts, labels) in splits.items():
        why = f"line by line, {labels!r} has those of {texts!r}"
        notes = [assumption("labels in lines of their own", why)]
        if classes:
            notes.append(f"label names: {quoted(classes, 5)}, by number, from {path!r}.")
        reader = LinePairs(folder / texts, folder / labels, config)
        readers[split] = Described(reader, notes, {"label": classes} if classes else {})
    first = "train" if "train" in readers else next(iter(readers))
    if notes := _unread(folder, halves, [*found.values(), (path, path)]):
        readers[first] = Described(readers[first], notes)
    return readers


def _unread(folder: Path, halves: Iterable[str], read: Sequence[tuple[str, str]]) -> list[str]:
    """What to say of files that are not read: texts without labels, and others."""
    taken = {name for pair in read for name in pair}
    alone = [name for name in halves if name not in taken]
    notes = unread(folder, {folder / name for name in (*taken, *alone)})
    return [f"not read: {quoted(alone, 3)}, without the other half.", *notes] if alone else notes


class LinePairs:
    """The lines of two files as the columns `text` and `label`."""

    def __init__(self, texts: Path, labels: Path, reading: ReadingConfig) -> None:
        self._paths, self._reading = [texts, labels], reading
        self._stamps: list[Stamp | None] = []

    @property
    def source(self) -> str:
        """Path of the texts."""
        return without_home(str(self._paths[0]))

    @property
    def paths(self) -> Sequence[Path]:
        """The texts and the labels."""
        return self._paths

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield the lines that both files have.

        Raises:
            Problem: a file cannot be read, has changed, or they differ in length.
        """
        self._check()
        lines: list[int] = []
        cells: tuple[list[Cell], list[Cell]] = ([], [])
        size, characters = ChunkSize(), 0
        for number, text, label in self._pairs():
            lines.append(number)
            cells[0].append(text)
            cells[1].append(label.strip())
            characters += len(text)
            if len(lines) == size.rows or characters >= size.characters:
                yield self._table(lines, cells, columns)
                lines, cells, characters = [], ([], []), 0
        if lines:
            yield self._table(lines, cells, columns)
        self._check()

    def _table(
        self, lines: list[int], cells: tuple[list[Cell], list[Cell]], columns: Sequence[str] | None
    ) -> Table:
        found = dict(zip(("text", "label"), cells, strict=True))
        return Table(self.source, {name: found[name] for name in columns or found}, lines)

    def _pairs(self) -> Iterator[tuple[int, str, str]]:
        """The number of each line, and what both files have there."""
        for first, second in zip_longest(*map(self._lines, self._paths)):
            if first and second and first[0] == second[0]:
                yield first[0], first[1], second[1]
                continue
            if not (first or second or (0, ""))[1].strip():
                continue  # behind the last line
            raise Problem(
                f"{'more' if first else 'fewer'} lines than {self._paths[1].name}, which has the labels",
                where=f"{self.source}:{(first or second or (0,))[0]}",
                mend="Give both files the same lines, without line breaks in texts.",
            )

    def _lines(self, path: Path) -> Iterator[_Line]:
        text = TextFile(path, self._reading.model_copy(update={"drop_bad_rows": False}), ChunkSize())
        for table in parse_plain_lines(text, without_home(str(path)), None, ChunkSize()):
            yield from zip(table.lines, table.columns["text"], strict=True)

    def _check(self) -> None:
        found = list(map(stamp, self._paths))
        self._stamps = self._stamps or found
        if found != self._stamps:
            raise Problem(
                "the file changed while it was in use",
                where=self.source,
                mend="Start again when nothing writes to it any more.",
            )


def _half(name: str) -> tuple[str, bool] | None:
    """The name without the word for texts or labels, and whether it is of labels; None if it has neither."""
    found = _HALF.fullmatch(name.lower().removesuffix(".txt"))
    if not found:
        return None
    return found["before"] or found["after"] or "", found["text"] is None


def _class_names(folder: Path) -> tuple[list[str], str]:
    """The names of classes by number, and the file that lists them."""
    for name in _MAPPING:
        path = folder / name
        if not path.is_file():
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()[:_MOST_CLASSES]
        except (OSError, ValueError):
            return [], ""
        pairs = [line.split("\t") for line in lines if "\t" in line]
        if pairs and [pair[0] for pair in pairs] == [*map(str, range(len(pairs)))]:
            return [pair[1].strip() for pair in pairs], name
    return [], ""


def _files(folder: Path) -> list[Path]:
    files = (path for path in folder.iterdir() if path.is_file() and path.name[0] not in "._")
    return sorted(path for path in files if split_extension(path)[1] in ("", ".txt"))


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and split_of(path.name))
