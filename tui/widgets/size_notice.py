"""SizeNotice: what stands in place of a screen that has not room enough."""

from textual.content import Content
from textual.widget import Widget

# Columns and rows that every screen gets along with.
LEAST_SIZE = (60, 15)


class SizeNotice(Widget):
    """Says how large the terminal must be and how large it is. The stylesheet shows it when it is needed."""

    def __init__(self) -> None:
        super().__init__(id="too-small")

    def render(self) -> Content:
        """The notice."""
        (columns, rows), (width, height) = LEAST_SIZE, self.screen.size
        return Content(f"{columns}×{rows} cells are needed,\nthere are {width}×{height}.\n\nq quits")
