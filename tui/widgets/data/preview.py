"""DataPreview: columns, labels and first rows of a data source."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import DataTable, Label, Select, Static

from core.data.columns.columns import text_columns
from core.protocol import Inspection
from core.text import format
from core.text.plain import plain
from tui.widgets.panel import bar, fact, rows, shorten

# Listed labels, and cells of the longest preview cell.
MOST_LABELS = 6
CELL_WIDTH = 48
BAR_WIDTH = 20
# Titles of the choices, and what they show before a column is known.
CHOICES = {
    "text": ("text column", "detected"),
    "second": ("second text", "none: single texts"),
    "label": ("label column", "detected"),
}


class _Prompt(str):
    """A prompt that is not read as markup; Select wants a string."""

    __slots__ = ()

    def visualize(self) -> Content:
        """The text as it is."""
        return Content(self)


class DataPreview(Vertical):
    """Shows an `Inspection`; its choices override the detected columns."""

    _texts: tuple[str, ...] = ()
    """The detected text columns."""

    def compose(self) -> ComposeResult:
        """A line of state, then the choices, figures and rows."""
        yield Static("choose a data file to preview it", id="data-state", markup=False)
        with Vertical(id="data-found"):
            for name, (title, unknown) in CHOICES.items():
                with Horizontal(classes="column"):
                    yield Label(title, classes="name", markup=False)
                    yield Select[str]([], id=f"{name}-column", prompt=unknown, compact=True)
            yield Static(id="data-facts", markup=False)
            yield DataTable[Text](id="preview", cursor_type="row", zebra_stripes=True)

    def on_mount(self) -> None:
        """Hide everything until data was read."""
        self.query_one("#data-found").display = False

    @property
    def columns(self) -> dict[str, str]:
        """The chosen columns by setting; text pairs as `FIRST,SECOND`."""
        text, second, label = (self._select(name).selection for name in CHOICES)
        if second is not None:
            text = ",".join([*([text] if text else self._texts[:1]), second])
        chosen = {"text_column": text, "label_column": label}
        return {name: column for name, column in chosen.items() if column is not None}

    def show_message(self, message: Content) -> None:
        """Show progress or an error."""
        state = self.query_one("#data-state", Static)
        state.update(message)
        state.display = bool(message)

    def forget(self) -> None:
        """Forget the data and the choices: the source is another."""
        self.query_one("#data-found").display = False
        self._texts = ()
        for name in CHOICES:
            with self.prevent(Select.Changed):
                self._select(name).set_options([])

    def show(self, found: Inspection) -> None:
        """Show `found`."""
        self.show_message(
            Content("\n").join(Content.styled(plain(text), "$text-error") for text in found.problems)
        )
        self._texts = text_columns(found.text_column or "", found.columns) or self._texts
        self._offer("text", found.columns, next(iter(self._texts), None))
        self._offer("second", found.columns, next(iter(self._texts[1:]), None))
        self._offer("label", found.columns, found.label_column)
        self.query_one("#data-facts", Static).update(_facts(found))
        self._preview(found)
        self.query_one("#data-found").display = True

    def _select(self, name: str) -> Select[str]:
        return self.query_one(f"#{name}-column", Select)

    def _offer(self, name: str, columns: list[str], found: str | None) -> None:
        select = self._select(name)
        chosen = select.selection
        with self.prevent(Select.Changed):
            select.prompt = _Prompt(
                f"{plain(found)} (detected)" if found and chosen is None else CHOICES[name][1]
            )
            select.set_options([(Text(plain(column)), column) for column in columns])
            if chosen in columns:
                select.value = chosen

    def _preview(self, found: Inspection) -> None:
        table = self.query_one("#preview", DataTable)
        table.clear(columns=True)
        texts = text_columns(found.text_column or "", found.columns)
        first = [column for column in (found.label_column, *texts) if column]
        order = sorted(range(len(found.columns)), key=lambda place: found.columns[place] not in first)
        order.sort(key=lambda place: found.columns[place] != found.label_column)
        table.add_columns(*(Text(plain(found.columns[place])) for place in order))
        for row in found.preview:
            table.add_row(*(_cell(row[place]) for place in order))


def _facts(found: Inspection) -> Content:
    lines = [fact("rows", format.count(found.rows))]
    lines += [fact(split, plain(source)) for split, source in found.sources.items()]
    most = max(found.labels.values(), default=1)
    for label, number in list(found.labels.items())[:MOST_LABELS]:
        drawn = bar(number / most, BAR_WIDTH)
        lines.append(fact(shorten(plain(label), 12), (drawn, "$primary"), f" {format.count(number)}"))
    if (hidden := len(found.labels) - MOST_LABELS) > 0:
        lines.append(fact("", f"and {format.more(hidden, 'label')}"))
    lines += [Content.styled(plain(reason), "$text-muted") for reason in found.reasons]
    return rows(lines)


def _cell(value: str) -> Text:
    cell = Text(plain(value), no_wrap=True)
    cell.truncate(CELL_WIDTH, overflow="ellipsis")
    return cell
