"""Write the report about a run as Markdown and HTML files."""

from pathlib import Path

from core.files import durable
from core.problems import Problem
from core.protocol.report import RunFacts, RunReport
from core.reports.document import Document
from core.reports.facts import gather
from core.reports.html import as_page
from core.reports.markdown import as_text
from core.reports.overview import figures, lead
from core.reports.results import results
from core.reports.run_setup import run_setup
from core.reports.training_curves import training_curves
from core.reports.wording import moment
from core.runs.directory import RunDirectory

_FORMATS = {".md": as_text, ".html": as_page}


def write_report(run: RunDirectory, output: Path | None = None, *, overwrite: bool = False) -> RunReport:
    """Write the report about `run`.

    Args:
        run: the run, whether it has ended or not.
        output: a file that ends in .md or .html, or a folder for both files. By default `reports/` in the run
            directory, where an older report is replaced.
        overwrite: whether a file at `output` may be replaced.

    Raises:
        Problem: the output exists, cannot be written, or has another extension.
    """
    paths = _paths(run, output)
    if output is not None and not overwrite:
        for path in paths:
            if path.exists():
                raise Problem("this file is there already", where=str(path), mend="--overwrite replaces it.")
    facts = gather(run)
    for path in paths:
        _write(run, path, facts)
    return RunReport(files=[str(path) for path in paths], facts=facts)


def document(facts: RunFacts) -> Document:
    """Compose the report. Every number names its split."""
    version = facts.environment.versions.get("bertcls-tui", "") if facts.environment else ""
    return Document(
        title=facts.name,
        lead=lead(facts),
        sections=[figures(facts), training_curves(facts), *results(facts), *run_setup(facts)],
        closing=f"Written on {moment(facts.written_at)} from {facts.path}; "
        f"trained with bertcls-tui {version}".rstrip()
        + ".",
    )


def _paths(run: RunDirectory, output: Path | None) -> list[Path]:
    if output is None:
        return [run.reports / f"{run.name}{ending}" for ending in _FORMATS]
    if output.is_dir():
        return [output.absolute() / f"{run.name}{ending}" for ending in _FORMATS]
    if output.suffix.lower() in _FORMATS:
        return [output.absolute()]
    raise Problem(
        "the report must be an existing folder or a file that ends in .md or .html",
        where=str(output),
        mend="Give a folder for both formats, or one file.",
    )


def _write(run: RunDirectory, path: Path, facts: RunFacts) -> None:
    content = _FORMATS[path.suffix.lower()](document(facts))
    try:
        if path.parent == run.reports:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        durable.write_whole(path, content.encode())
    except OSError as error:
        raise Problem(f"the report cannot be written ({error.strerror})", where=str(path)) from None
