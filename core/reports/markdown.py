"""Render a report as one Markdown file.

Charts are drawn in characters, which terminals, editors and code hosts show alike. Most of them show neither
SVG within Markdown nor images in data URLs. The HTML report has SVG.
"""

import html
import re
from collections.abc import Iterator, Sequence

from core.reports.document import Block, Chart, Document, Items, Matrix, Table
from core.reports.text_chart import text_chart
from core.text.plain import plain

# The HTML report also has wider matrices.
MAX_MATRIX = 12
# Underscores and stars between letters or digits have no meaning in Markdown.
_SPECIAL = re.compile(r"[\\`\[\]|~$]|(?<![A-Za-z0-9])[*_]|[*_](?![A-Za-z0-9])")


class Markdown(str):
    """Text that is Markdown already and must not be escaped."""


def as_text(document: Document) -> str:
    """Return the report as Markdown (CommonMark with GitHub tables)."""
    lines = [f"# {escaped(document.title)}", "", escaped(document.lead)]
    for section in document.sections:
        lines += ["", f"## {escaped(section.title)}"]
        for block in section.blocks:
            lines += ["", *_block(block)]
    lines += ["", "---", "", escaped(document.closing), ""]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Escape `text` for a line or cell of Markdown, with control characters made visible."""
    # What could begin a tag becomes an entity; not every renderer accepts a backslash there.
    return _SPECIAL.sub(r"\\\g<0>", html.escape(plain(text), quote=False))


def table(rows: Table) -> Markdown:
    """Return a table; text columns are left-aligned, number columns right-aligned."""
    alignment = "|" + "".join(
        " --- |" if column < rows.texts else " ---: |" for column in range(len(rows.columns))
    )
    return Markdown("\n".join([_row(rows.columns), alignment, *map(_row, rows.rows)]))


def _block(block: Block) -> Iterator[str]:
    match block:
        case Items():
            yield from (f"- {escaped(item)}" for item in block.sentences)
        case Table():
            yield table(block)
        case Matrix():
            yield _matrix(block)
        case Chart():
            drawn = text_chart(block)
            yield f"**{escaped(block.title)}**"
            yield ""
            yield from (
                ["```text", *map(plain, drawn), "```"] if drawn else ["There is no finite value to draw."]
            )
        case _:
            yield escaped(block)


def _matrix(matrix: Matrix) -> str:
    if len(matrix.labels) > MAX_MATRIX:
        return f"The matrix of {len(matrix.labels):,} labels is too wide for this page; see the HTML report."
    rows = [
        (label, *(f"{count:,}" for count in counts))
        for label, counts in zip(matrix.labels, matrix.counts, strict=True)
    ]
    return table(Table(("true \\ predicted", *matrix.labels), rows))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(escaped, cells)) + " |"
