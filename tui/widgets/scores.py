"""Scores: the probabilities of all labels as bars, as many side by side as fit."""

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui.plain import plain
from tui.widgets.panel import bar, shorten

# Cells of one label with its bar and number, and of the space between two.
WIDTH, GAP = 34, 3
LONGEST_LABEL = 24


class Scores(Widget):
    """Labels by probability; before there are any, a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._ranked: Sequence[tuple[str, float]] = ()
        self._sentence = Content("")
        self._expected = 1

    def expect(self, labels: int) -> None:
        """Keep room for so many labels, so that the first answer moves nothing."""
        if labels != self._expected:
            self._expected = labels
            self.refresh(layout=True)

    def tell(self, sentence: str, style: str) -> None:
        """Show a sentence."""
        content = Content.styled(sentence, style)
        if self._ranked or not content.is_same(self._sentence):
            self._ranked, self._sentence = (), content
            self.refresh(layout=True)

    def show(self, ranked: Sequence[tuple[str, float]]) -> None:
        """Show labels and their probabilities, the most probable first."""
        self._ranked = [(plain(label), probability) for label, probability in ranked]
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are rows."""
        told = 0 if self._ranked else self._sentence.get_height({}, max(1, width))
        return max(1, told, -(-max(self._expected, len(self._ranked)) // columns_of(width)))

    def render(self) -> Content:
        """The rows."""
        return score_rows(self._ranked, self.size.width) if self._ranked else self._sentence


def columns_of(width: int) -> int:
    """How many labels fit beside each other."""
    return max(1, (width + GAP) // (WIDTH + GAP))


def score_rows(ranked: Sequence[tuple[str, float]], width: int) -> Content:
    """Labels, bars and probabilities in `width` cells; few labels get longer bars."""
    columns = min(columns_of(width), len(ranked))
    share = (width - GAP * (columns - 1)) // columns
    longest = max(Content(label).cell_length for label, _ in ranked)
    name = min(longest, LONGEST_LABEL, max(4, share - 16))
    length = max(4, min(40, share - name - 7))
    cells = []
    for rank, (label, probability) in enumerate(ranked):
        shown = shorten(label, name)
        padded = shown + " " * (name - Content(shown).cell_length)
        style = "bold" if rank == 0 else ""
        filled = bar(probability, length)
        cell = Content.assemble(
            (padded, style),
            " ",
            (filled, "$primary" if rank == 0 else "dim"),
            " ",
            (f"{probability:.2f}", style),
        )
        cells.append(cell.pad_right(max(0, share - cell.cell_length)))
    lines = [
        Content(" " * GAP).join(cells[start : start + columns]) for start in range(0, len(cells), columns)
    ]
    return Content("\n").join(lines)
