"""Canvas: a grid of characters and styles that can be compared with the previous one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip


class Canvas:
    """Cells of one character each, blank at first. A tone is the index of a style."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._characters = np.full((height, width), ord(" "), dtype="<u4")
        self._tones = np.zeros((height, width), dtype=np.uint8)

    @property
    def size(self) -> Size:
        """Width and height in cells."""
        return Size(self.width, self.height)

    def put(
        self, rows: NDArray[np.intp], columns: NDArray[np.intp], codes: NDArray[np.uint32] | int, tone: int
    ) -> None:
        """Put code points into cells; cells outside are ignored."""
        inside = (rows >= 0) & (rows < self.height) & (columns >= 0) & (columns < self.width)
        cells = rows[inside], columns[inside]
        self._characters[cells] = codes if isinstance(codes, int) else codes[inside]
        self._tones[cells] = tone

    def write(self, row: int, column: int, text: str, tone: int) -> None:
        """Write a text of single-cell characters, clipped at the edges."""
        if not 0 <= row < self.height:
            return
        text, start = text[max(0, -column) : max(0, self.width - column)], max(0, column)
        cells = row, slice(start, start + len(text))
        self._characters[cells] = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
        self._tones[cells] = tone

    def changes(self, before: "Canvas") -> list[Region]:
        """Regions that differ from `before`, which has the same size; at most one a row."""
        differs = (self._characters != before._characters) | (self._tones != before._tones)
        rows = np.flatnonzero(differs.any(axis=1))
        first = differs[rows].argmax(axis=1)
        end = self.width - differs[rows, ::-1].argmax(axis=1)
        return [
            Region(left, row, right - left, 1)
            for row, left, right in zip(rows.tolist(), first.tolist(), end.tolist(), strict=True)
        ]

    def strip(self, row: int, styles: Sequence[Style]) -> Strip:
        """One row, with the style of each tone."""
        tones = self._tones[row]
        text = self._characters[row].tobytes().decode("utf-32-le")
        starts = [0, *(np.flatnonzero(tones[1:] != tones[:-1]) + 1).tolist()]
        segments = [
            Segment(text[start:end], styles[tone])
            for start, end, tone in zip(
                starts, [*starts[1:], self.width], tones[starts].tolist(), strict=True
            )
        ]
        return Strip(segments, self.width)
