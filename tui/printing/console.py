"""Write lines, tables and JSON to standard output. Text is never read as markup or control codes."""

import json
import sys

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.text.plain import plain

# Without a terminal, lines need not wrap.
_WIDTH_WITHOUT_TERMINAL = 240

_console = Console(
    markup=False,
    highlight=False,
    emoji=False,
    width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL,
)


def line(text: str) -> None:
    """Print a line without wrapping it."""
    _console.print(plain(text), soft_wrap=True)


def shortened(text: str, width: int | None = None) -> str:
    """Cut a text to `width` cells, by default to one line of the terminal."""
    shown = Text(plain(text))
    shown.truncate(width or _console.width, overflow="ellipsis")
    return shown.plain


def table_of(*columns: str) -> Table:
    """An empty table with these columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for column in columns:
        table.add_column(Text(plain(column)), overflow="fold")
    return table


def cells(*values: str) -> list[Text]:
    """Cells for `Table.add_row`."""
    return [Text(plain(value)) for value in values]


def print_table(table: Table) -> None:
    """Print a table."""
    _console.print(table)


def show_json(value: object) -> None:
    """Print a record, or a list of them, as JSON."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    _console.out("".join(map(_escaped, text)), highlight=False)


def _escaped(character: str) -> str:
    """A JSON escape for characters that a terminal might act on; parsers read the same text."""
    return character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
