"""Write the report on a run: a Markdown file and an HTML file, each whole or not there."""

from pathlib import Path

from core.files import durable
from core.problems import Problem
from core.protocol.report import RunFacts, RunReport
from core.reports.contents import document
from core.reports.facts import gather
from core.reports.html import as_page
from core.reports.markdown import as_text
from core.runs.directory import RunDirectory

_FORMATS = {".md": as_text, ".html": as_page}


def write_report(run: RunDirectory, output: Path | None = None, *, overwrite: bool = False) -> RunReport:
    """Report on `run`.

    Args:
        run: the run, whether it has ended or not.
        output: a file, whose ending says which of the two it is, or a folder for both; by default `reports/`
            in the run directory, where an older report is replaced.
        overwrite: whether a file at `output` may be replaced.

    Raises:
        Problem: the output cannot be written, is there already, or ends in something else.
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


def _paths(run: RunDirectory, output: Path | None) -> list[Path]:
    if output is None:
        return [run.reports / f"{run.name}{ending}" for ending in _FORMATS]
    if output.is_dir():
        return [output.absolute() / f"{run.name}{ending}" for ending in _FORMATS]
    if output.suffix.lower() in _FORMATS:
        return [output.absolute()]
    raise Problem(
        "this is neither a folder that is there nor a file that ends in .md or .html",
        where=str(output),
        mend="Name a folder for both files, or one file.",
    )


def _write(run: RunDirectory, path: Path, facts: RunFacts) -> None:
    content = _FORMATS[path.suffix.lower()](document(facts))
    try:
        if path.parent == run.reports:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        durable.write_whole(path, content.encode())
    except OSError as error:
        raise Problem(f"the report cannot be written ({error.strerror})", where=str(path)) from None
