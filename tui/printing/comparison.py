"""Print a comparison of runs."""

from core.protocol import Comparison
from tui.printing.console import cells, line, print_table, shortened, show_json, table_of
from tui.wording.comparison import group_of, sheets

_TEXTS = 5


def show_comparison(found: Comparison, *, as_json: bool) -> None:
    """Print scores, costs, differences, and texts that only one run classifies correctly."""
    if as_json:
        return show_json(found)
    for sheet in sheets(found):
        for said in filter(None, sheet.title.split("\n")):
            line(said)
        table = table_of(*sheet.columns)
        for row in sheet.rows:
            table.add_row(*cells(*row))
        print_table(table)
    _show_texts(found)
    return None


def _show_texts(found: Comparison) -> None:
    """Print some texts that only one run classifies correctly."""
    for run in dict.fromkeys(text.only for text in found.disagreements):
        line("")
        line(f"only {group_of(found, run)} is correct:")
        for text in [text for text in found.disagreements if text.only == run][:_TEXTS]:
            line(shortened(f"  {text.label}: {' '.join(text.text.split())}"))
