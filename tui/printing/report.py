"""Print the result of a report."""

from core.protocol import RunReport
from tui.printing.console import line, show_json
from tui.wording.run import report_headline


def show_report(found: RunReport, *, as_json: bool) -> None:
    """Print the score of the run and the files of the report; as JSON, everything in it."""
    if as_json:
        return show_json(found)
    line(report_headline(found))
    for path in found.files:
        line(path)
    return None
