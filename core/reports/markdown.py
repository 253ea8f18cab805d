"""A report as Markdown that is whole by itself.

Curves are drawn in characters: these are seen in a terminal, in an editor and on the pages of code hosts
alike, of which most show neither SVG within Markdown nor an image within its address. The HTML has SVG.
"""

from collections.abc import Iterator, Sequence

from core.reports.document import Block, Chart, Document, Items, Matrix, Table
from core.reports.escaping import as_markdown
from core.reports.text_chart import text_chart
from core.text.plain import plain

# A wider matrix is only in the HTML.
LARGEST_MATRIX = 12


def as_text(document: Document) -> str:
    """The report as Markdown (CommonMark with the tables of GitHub)."""
    lines = [f"# {as_markdown(document.title)}", "", as_markdown(document.lead)]
    for section in document.sections:
        lines += ["", f"## {as_markdown(section.title)}"]
        for block in section.blocks:
            lines += ["", *_block(block)]
    lines += ["", "---", "", as_markdown(document.closing), ""]
    return "\n".join(lines)


def table_lines(table: Table) -> Iterator[str]:
    """A table; its first columns are words, the others numbers, which stand to the right."""
    yield _row(table.columns)
    yield "|" + "".join(
        " --- |" if column < table.texts else " ---: |" for column in range(len(table.columns))
    )
    yield from map(_row, table.rows)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Items():
            yield from (f"- {as_markdown(item)}" for item in block.sentences)
        case Table():
            yield from table_lines(block)
        case Matrix():
            yield from _matrix(block)
        case Chart():
            yield f"**{as_markdown(block.title)}**"
            yield ""
            drawn = text_chart(block)
            yield from (
                ["```text", *map(plain, drawn), "```"] if drawn else ["There is no finite value to draw."]
            )
        case _:
            yield as_markdown(block)


def _matrix(matrix: Matrix) -> Iterator[str]:
    if len(matrix.labels) > LARGEST_MATRIX:
        labels = f"{len(matrix.labels):,} labels"
        yield f"The matrix of {labels} is too wide for this page; the HTML report has it."
        return
    rows = [
        (label, *(f"{count:,}" for count in counts))
        for label, counts in zip(matrix.labels, matrix.counts, strict=True)
    ]
    yield from table_lines(Table(("true \\ predicted", *matrix.labels), rows))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(as_markdown, cells)) + " |"
