"""What stands in a report, in its order."""

from core.protocol.report import RunFacts
from core.reports.document import Document
from core.reports.learning import learning
from core.reports.making import making
from core.reports.overview import figures, lead
from core.reports.results import results
from core.reports.wording import moment


def document(facts: RunFacts) -> Document:
    """The report on a run; numbers name the split they are from."""
    version = facts.environment.versions.get("bertcls-tui", "") if facts.environment else ""
    return Document(
        title=facts.name,
        lead=lead(facts),
        sections=[figures(facts), learning(facts), *results(facts), *making(facts)],
        closing=f"Written on {moment(facts.written_at)} from {facts.path}; "
        f"trained with bertcls-tui {version}".rstrip()
        + ".",
    )
