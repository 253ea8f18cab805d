"""Answers to typed texts: scores of all labels, parts that were not read, and the texts tried before."""

from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from core.runs.tried_texts import TriedText
from core.text.plain import plain
from tui.widgets.panel import bar, shorten
from tui.wording.prediction import excerpt

# Cells of one label with its bar and number, and of the gap between two.
WIDTH, GAP = 34, 3
LONGEST_LABEL = 24
CHOSEN, THRESHOLD = "✓ ", "┃"
NO_LABEL = "no label: none reaches its threshold"
LABEL_WIDTH = 18
# Unread parts that are shown; of more only the number.
MOST = 2


class Scores(Widget):
    """Labels with their probabilities as bars, as many side by side as fit; without an answer, a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._ranked: Sequence[tuple[str, float]] = ()
        self._thresholds: Mapping[str, float] = {}
        self._sentence = Content("")
        self._expected = 1

    def expect(self, labels: int) -> None:
        """Reserve space for `labels`, so that the first answer does not move the layout."""
        if labels != self._expected:
            self._expected = labels
            self.refresh(layout=True)

    def show_message(self, sentence: str, style: str) -> None:
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
            thresholds: by label, with several labels a text: the lowest probability that assigns it.
        """
        self._ranked = [(plain(label), probability) for label, probability in ranked]
        self._thresholds = {plain(label): threshold for label, threshold in (thresholds or {}).items()}
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The height of the rows or the sentence."""
        sentence = 0 if self._ranked else self._sentence.get_height({}, max(1, width))
        lines = -(-max(self._expected, len(self._ranked)) // columns_of(width))
        return max(1, sentence, lines + bool(self._thresholds))

    def render(self) -> Content:
        """The rows."""
        if not self._ranked:
            return self._sentence
        rows = score_rows(self._ranked, self.size.width, self._thresholds)
        if not self._thresholds:
            return rows
        return Content("\n").join([set_line(self._ranked, self._thresholds), rows])


def columns_of(width: int) -> int:
    """How many labels fit side by side."""
    return max(1, (width + GAP) // (WIDTH + GAP))


def set_line(ranked: Sequence[tuple[str, float]], thresholds: Mapping[str, float]) -> Content:
    """The assigned labels: those that reach their thresholds."""
    chosen = [label for label, probability in ranked if probability >= thresholds[label]]
    return Content.styled(CHOSEN + ", ".join(chosen), "bold") if chosen else Content.styled(NO_LABEL, "bold")


def score_rows(
    ranked: Sequence[tuple[str, float]], width: int, thresholds: Mapping[str, float] | None = None
) -> Content:
    """Labels, bars and probabilities in `width` cells; few labels get longer bars.

    With `thresholds`, each bar shows its own and the labels that reach theirs are marked.
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
    """A bar of `length` cells with its threshold in the cell `place`."""
    whole = filled.pad_right(length - filled.cell_length)
    return Content.assemble(whole[:place], (THRESHOLD, "bold $warning"), whole[place + 1 :])


class TriedTexts(Widget):
    """The texts classified before, one a line, the newest first."""

    def __init__(self) -> None:
        super().__init__()
        self._tried: list[TriedText] = []

    @property
    def texts(self) -> list[str]:
        """The texts, the newest first."""
        return [each.text for each in self._tried]

    def add(self, tried: TriedText) -> None:
        """Put `tried` above the others, or in place of the newest if that has the same text."""
        if self._tried and self._tried[0].text == tried.text:
            self._tried[0] = tried
        else:
            self._tried.insert(0, tried)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line for each text."""
        return max(1, len(self._tried))

    def render(self) -> Content:
        """The lines."""
        return Content("\n").join(line_of(each, self.size.width) for each in self._tried)


def line_of(tried: TriedText, width: int) -> Content:
    """Probability, labels, text and checkpoint of an earlier answer, in `width` cells."""
    # With several labels a text: the assigned ones and the lowest of their probabilities; without any, the
    # highest probability.
    shown = tried.ranked[: 1 if tried.chosen is None else len(tried.chosen)]
    named = ", ".join(label for label, _ in shown) or "no label"
    _, probability = (shown or tried.ranked)[-1 if shown else 0]
    label = shorten(plain(named), LABEL_WIDTH)
    head = f"{probability:.2f} {label}{' ' * (LABEL_WIDTH - Content(label).cell_length)} "
    origin = f" {tried.which} @{tried.step}"
    space = max(0, width - len(origin) - Content(head).cell_length)
    text = Content(shorten(plain(tried.text), space))
    return Content.assemble(head, text.pad_right(max(0, space - text.cell_length)), (origin, "dim"))


class NotRead(Widget):
    """The parts of a text that the model did not read, struck out; hidden if there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._parts: Sequence[tuple[int, int]] = ()
        self.display = False

    def show(self, text: str, parts: Sequence[tuple[int, int]]) -> None:
        """Show `parts` of `text`, given as ranges of characters."""
        self._text, self._parts = text, parts
        self.display = bool(parts)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line for each shown part."""
        return min(MOST, len(self._parts))

    def render(self) -> Content:
        """The lines."""
        more = f" and {len(self._parts) - MOST} more" if len(self._parts) > MOST else ""
        shown = self._parts[:MOST]
        return Content("\n").join(
            self._line(start, end, more if number == MOST else "")
            for number, (start, end) in enumerate(shown, 1)
        )

    def _line(self, start: int, end: int, more: str) -> Content:
        found = excerpt(self._text, start, end, self.size.width - len(more))
        line = Content.assemble(found.before, (found.part, "dim strike"), found.behind, (more, "dim"))
        return line.truncate(self.size.width, ellipsis=True)
