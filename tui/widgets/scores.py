"""Scores: the probabilities of all labels as bars, as many side by side as fit."""

from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from core.text.plain import plain
from tui.widgets.panel import bar, shorten

# Cells of one label with its bar and number, and of the space between two.
WIDTH, GAP = 34, 3
LONGEST_LABEL = 24
CHOSEN, THRESHOLD = "✓ ", "┃"
NO_LABEL = "no label: none reaches its threshold"


class Scores(Widget):
    """Labels by probability; before there are any, a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._ranked: Sequence[tuple[str, float]] = ()
        self._thresholds: Mapping[str, float] = {}
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

    def show(
        self, ranked: Sequence[tuple[str, float]], thresholds: Mapping[str, float] | None = None
    ) -> None:
        """Show labels and their probabilities, the most probable first.

        Args:
            ranked: labels with their probabilities.
            thresholds: of sets of labels: by label the probability from which on a text has it.
        """
        self._ranked = [(plain(label), probability) for label, probability in ranked]
        self._thresholds = {plain(label): threshold for label, threshold in (thresholds or {}).items()}
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are rows."""
        told = 0 if self._ranked else self._sentence.get_height({}, max(1, width))
        lines = -(-max(self._expected, len(self._ranked)) // columns_of(width))
        return max(1, told, lines + bool(self._thresholds))

    def render(self) -> Content:
        """The rows."""
        if not self._ranked:
            return self._sentence
        rows = score_rows(self._ranked, self.size.width, self._thresholds)
        if not self._thresholds:
            return rows
        return Content("\n").join([set_line(self._ranked, self._thresholds), rows])


def columns_of(width: int) -> int:
    """How many labels fit beside each other."""
    return max(1, (width + GAP) // (WIDTH + GAP))


def set_line(ranked: Sequence[tuple[str, float]], thresholds: Mapping[str, float]) -> Content:
    """The labels that reach their thresholds."""
    chosen = [label for label, probability in ranked if probability >= thresholds[label]]
    return Content.styled(CHOSEN + ", ".join(chosen), "bold") if chosen else Content.styled(NO_LABEL, "bold")


def score_rows(
    ranked: Sequence[tuple[str, float]], width: int, thresholds: Mapping[str, float] | None = None
) -> Content:
    """Labels, bars and probabilities in `width` cells; few labels get longer bars.

    With `thresholds` each bar has its own, and the labels that reach it are marked.
    """
    columns = min(columns_of(width), len(ranked))
    share = (width - GAP * (columns - 1)) // columns
    marks = len(CHOSEN) if thresholds else 0
    longest = max(Content(label).cell_length for label, _ in ranked) + marks
    name = min(longest, LONGEST_LABEL, max(4, share - 16))
    length = max(4, min(40, share - name - 7))
    cells = []
    for rank, (label, probability) in enumerate(ranked):
        is_chosen = probability >= thresholds[label] if thresholds else rank == 0
        mark = (CHOSEN if is_chosen else " " * marks) if thresholds else ""
        shown = shorten(mark + label, name)
        padded = shown + " " * (name - Content(shown).cell_length)
        style = "bold" if is_chosen else ""
        filled = Content.styled(bar(probability, length), "$primary" if is_chosen else "dim")
        if thresholds:
            filled = _with_threshold(filled, min(length - 1, int(thresholds[label] * length)), length)
        cell = Content.assemble(
            (padded, style),
            " ",
            filled,
            " ",
            (f"{probability:.2f}", style),
        )
        cells.append(cell.pad_right(max(0, share - cell.cell_length)))
    lines = [
        Content(" " * GAP).join(cells[start : start + columns]) for start in range(0, len(cells), columns)
    ]
    return Content("\n").join(lines)


def _with_threshold(filled: Content, place: int, length: int) -> Content:
    """A bar in `length` cells with the line of its threshold in the cell `place`."""
    whole = filled.pad_right(length - filled.cell_length)
    return Content.assemble(whole[:place], (THRESHOLD, "bold $warning"), whole[place + 1 :])
