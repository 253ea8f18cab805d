"""What a report says in short, and where it is, on standard output."""

from core.protocol import RunReport
from core.text import format
from tui.printing.console import line, show_json


def show_report(found: RunReport, *, as_json: bool) -> None:
    """Where the report is, after the one figure that counts."""
    if as_json:
        return show_json(found)
    line(headline(found))
    for path in found.files:
        line(path)
    return None


def headline(found: RunReport) -> str:
    """The state of the run, and its score on test, or on validation while there is none."""
    facts = found.facts
    scores = facts.test.evaluation if facts.test else facts.best
    if scores is None:
        return f"{facts.name} ({facts.state}): nothing has been evaluated yet"
    name = f"{scores.split} {format.accuracy(scores.micro_f1)}"
    return (
        f"{facts.name} ({facts.state}): {name} {format.score(scores.accuracy)} "
        f"({scores.accuracy_low:.3f} to {scores.accuracy_high:.3f})"
    )
