"""ClassFolders: the texts of a folder for each label, one in each file."""

import codecs
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from zlib import crc32

from core.config import ReadingConfig
from core.data.formats.content import Stamp
from core.data.formats.text.text_file import TextFile
from core.data.locations.folders.listing import folders_in
from core.data.tables.table import ChunkSize, RowWarning, Table
from core.problems import Problem, without_home

_TEXT, _LABEL = "text", "label"
_SUFFIXES = (".txt", ".text", "")
_EXAMINED = 50  # files of a folder that show whether it holds texts
_MOST_BYTES = 1 << 24  # of one text
_SKIPPED = "{place}: cannot be decoded, {count} in all; skipped."


def holds_texts(folder: Path) -> bool:
    """Whether a folder holds files, and the first of them are texts by name."""
    try:
        with os.scandir(folder) as entries:
            files = list(islice((entry.name for entry in entries if _is_visible(entry)), _EXAMINED))
    except OSError:
        return False
    return bool(files) and all(map(_is_text, files))


def _is_visible(entry: os.DirEntry[str]) -> bool:
    return entry.name[0] != "." and entry.is_file()


def _is_text(name: str) -> bool:
    suffix = Path(name).suffix.lower()
    return suffix in _SUFFIXES or suffix[1:].isdecimal()


class ClassFolders:
    """The texts of a folder for each label. Positions number the files; places name them.

    Args:
        folder: holds the folders.
        labels: their names.
        reading: how to decode the files.
        notes: assumptions about the folder.
        is_deep: whether the texts lie in folders within them.
    """

    def __init__(
        self,
        folder: Path,
        labels: Sequence[str],
        reading: ReadingConfig,
        notes: Sequence[str] = (),
        *,
        is_deep: bool = False,
    ) -> None:
        self._is_deep = is_deep
        self._folder, self._labels, self._reading, self._notes = folder, list(labels), reading, list(notes)
        # A file is skipped whole, not its lines.
        self._whole = reading.model_copy(update={"drop_bad_rows": False})
        self._size = ChunkSize()
        self._files: list[str] = []
        """Paths within the folder, in order."""
        self._stamp: Stamp | None = None

    @property
    def source(self) -> str:
        """Path of the folder."""
        return without_home(str(self._folder))

    @property
    def paths(self) -> Sequence[Path]:
        """The files, in order."""
        return [self._folder / name for name in self._list()[0]]

    def place(self, position: int) -> str:
        """The file at a position."""
        return without_home(str(self._folder / self._files[position - 1]))

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield a row for each file, with the columns `text` and `label`.

        Raises:
            Problem: a file cannot be read or is very large, or a file has changed since the first reading.
        """
        self._files, found = self._list()
        self._check(found)
        texts: list[str] = []
        lines: list[int] = []
        warnings: list[RowWarning] = []
        notes, characters = self._notes, 0
        for position, name in enumerate(self._files, 1):
            text = self._read(name)
            if text is None:
                warnings.append(RowWarning(_SKIPPED, self.place(position)))
            else:
                texts.append(text)
                lines.append(position)
                characters += len(text)
            if texts and (
                len(texts) == self._size.rows
                or characters >= self._size.characters
                or position == len(self._files)
            ):
                yield self._table(texts, lines, columns, notes, warnings, position)
                texts, lines, notes, warnings, characters = [], [], [], [], 0
        self._check(self._list()[1])

    def _table(
        self,
        texts: list[str],
        lines: list[int],
        columns: Sequence[str] | None,
        notes: list[str],
        warnings: list[RowWarning],
        done: int,
    ) -> Table:
        labels = [self._files[line - 1].partition("/")[0] for line in lines]
        cells = {_TEXT: texts, _LABEL: labels}
        return Table(
            self.source,
            {name: cells[name] for name in columns or cells},
            lines,
            "place",
            name_place=self.place,
            warnings=warnings,
            assumptions=notes,
            read_share=done / len(self._files),
        )

    def _read(self, name: str) -> str | None:
        """The text of a file; None if it is undecodable and skipped.

        Raises:
            Problem: it is too large, unreadable or undecodable.
        """
        path = self._folder / name
        try:
            with open(f"{self._folder}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - twice as fast
                content = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise Problem(
                f"cannot read the file ({error.strerror})", where=str(path), mend="Check its permissions."
            ) from None
        if len(content) > _MOST_BYTES:
            raise Problem(
                f"text of more than {_MOST_BYTES >> 20} MiB",
                where=str(path),
                mend="Remove the file, or save the data as CSV with one text in each row.",
            )
        is_plain = b"\0" not in content and not content.startswith(
            (codecs.BOM_UTF8, b"\xff\xfe", b"\xfe\xff")
        )
        try:
            if is_plain:
                return content.decode(self._reading.encoding or "utf-8")
        except (UnicodeError, LookupError):
            pass  # the error of the text file says where, and what to do
        try:
            step = max(1, len(self._files) // _EXAMINED)
            alike = [self._folder / each for each in self._files[::step]]
            return "".join(TextFile(path, self._whole, self._size, alike))
        except Problem:
            if self._reading.drop_bad_rows:
                return None
            raise

    def _list(self) -> tuple[list[str], Stamp]:
        """The files in order, and a stamp of all of them.

        Raises:
            Problem: a folder is unreadable.
        """
        names: list[str] = []
        mark, total, newest = 0, 0, 0
        for place in self._places():
            try:
                with os.scandir(self._folder / place) as entries:
                    found = sorted(
                        (entry.name, entry.stat())
                        for entry in entries
                        if _is_visible(entry) and _is_text(entry.name)
                    )
            except OSError as error:
                raise Problem(
                    f"cannot read the folder ({error.strerror})",
                    where=str(self._folder / place),
                    mend="Start again when nothing changes it any more.",
                ) from None
            for name, status in found:
                names.append(f"{place}/{name}")
                total += status.st_size
                newest = max(newest, status.st_mtime_ns)
            mark = crc32("\n".join(name for name, _ in found).encode(errors="surrogateescape"), mark)
        return names, (mark, total, newest)

    def _places(self) -> list[str]:
        """The folders with texts, within the folder."""
        if not self._is_deep:
            return self._labels
        return [f"{label}/{each.name}" for label in self._labels for each in folders_in(self._folder / label)]

    def _check(self, found: Stamp) -> None:
        self._stamp = self._stamp or found
        if found != self._stamp:
            raise Problem(
                "files changed while they were in use",
                where=self.source,
                mend="Start again when nothing writes to them any more.",
            )
