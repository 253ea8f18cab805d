"""Write lines, tables and JSON to standard output. Text is never read as markup or control codes."""

import json
import os
import sys

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.text.plain import plain
from tui.terminal import STDOUT, is_utf8

# Without a terminal, lines need not wrap.
_WIDTH_WITHOUT_TERMINAL = 240

_console = Console(
    markup=False,
    highlight=False,
    emoji=False,
    width=None if os.isatty(STDOUT) else _WIDTH_WITHOUT_TERMINAL,
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
    """Print a record, or a list of them, as JSON.

    It is UTF-8. Where standard output is not, all other characters than ASCII are escaped, which every parser
    reads as the same text, in whatever encoding.
    """
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    has_all = is_utf8(sys.stdout.encoding)
    shown = (
        each if each == "\n" or _is_harmless(each, has_all=has_all) else json.dumps(each)[1:-1]
        for each in text
    )
    _console.out("".join(shown), highlight=False)


def _is_harmless(character: str, *, has_all: bool) -> bool:
    """Whether a terminal shows the character and does not act on it."""
    return character.isprintable() and (has_all or character.isascii())
