"""A report as one HTML file: nothing is loaded, nothing is run, light or dark as the reader has it."""

from collections.abc import Iterator, Sequence

from core.reports import svg
from core.reports.document import Block, Chart, Document, Items, Matrix, Table
from core.reports.escaping import as_html

# Whatever a text might smuggle in: no script runs, nothing is fetched.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Numbers can be read on the darkest cell of a matrix, on white and on black.
_DARKEST = 0.45
_STYLES = """
:root { color-scheme: light dark; --paper: #fff; --text: #1c2128; --muted: #5b6472; --line: #c6ccd6;
  --main: #2d7086; --points: #b3541e; --second: #6b4fa0; --shade: 45, 112, 134; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171c; --text: #d5d9e0; --muted: #98a1b0;
  --line: #39414e; --main: #7fb8c9; --points: #e0a05c; --second: #b79be0;
  --shade: 127, 184, 201; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; padding-bottom: .2rem;
  border-bottom: 1px solid var(--line); }
p, li { margin: .5rem 0; max-width: 48rem; overflow-wrap: anywhere; }
.lead { font-size: 1.05rem; } footer { margin-top: 3rem; color: var(--muted); font-size: .85rem; }
figure { margin: 1.25rem 0; break-inside: avoid; } figcaption { font-weight: 600; }
svg { display: block; width: 100%; height: auto; }
.wide { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--muted); vertical-align: bottom; }
td { min-width: 3rem; } td:first-child { min-width: 6rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.matrix td { text-align: right; padding: .25rem .5rem; border: 1px solid var(--line);
  background: rgba(var(--shade), var(--share)); font-variant-numeric: tabular-nums; }
.matrix .right { outline: 2px solid var(--text); outline-offset: -2px; font-weight: 600; }
.matrix th { padding: .25rem .5rem; max-width: 12rem; }
@media print { :root { color-scheme: light; --paper: #fff; --text: #000; --muted: #444; --line: #bbb;
  --main: #2d7086; --points: #b3541e; --second: #6b4fa0; --shade: 45, 112, 134; }
  body { max-width: none; padding: 0; font-size: 11pt; }
  .wide { overflow: visible; } h2 { break-after: avoid; }
  tr { break-inside: avoid; } .matrix td { print-color-adjust: exact; } }
"""


def as_page(document: Document) -> str:
    """The report as a whole page."""
    title = as_html(document.title)
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{title}</title><style>{_STYLES}{svg.STYLES}</style></head><body>",
        f'<header><h1>{title}</h1><p class="lead">{as_html(document.lead)}</p></header><main>',
    ]
    for section in document.sections:
        lines.append(f"<section><h2>{as_html(section.title)}</h2>")
        for block in section.blocks:
            lines += _block(block)
        lines.append("</section>")
    lines += [f"</main><footer><p>{as_html(document.closing)}</p></footer></body></html>", ""]
    return "\n".join(lines)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Items():
            yield from ("<ul>", *(f"<li>{as_html(item)}</li>" for item in block.sentences), "</ul>")
        case Table():
            yield from _table(block)
        case Matrix():
            yield from _matrix(block)
        case Chart():
            yield f"<figure><figcaption>{as_html(block.title)}</figcaption>"
            yield svg.svg(block) or "<p>There is no finite value to draw.</p>"
            yield "</figure>"
        case _:
            yield f"<p>{as_html(block)}</p>"


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table>'
    if any(table.columns):
        yield f"<thead>{_row('th', table.columns, table.texts)}</thead>"
    yield "<tbody>"
    for row in table.rows:
        yield _row("td", row, table.texts)
    yield "</tbody></table></div>"


def _row(kind: str, cells: Sequence[str], texts: int) -> str:
    found = (
        f"<{kind}{'' if column < texts else ' class=number'}>{as_html(cell)}</{kind}>"
        for column, cell in enumerate(cells)
    )
    return f"<tr>{''.join(found)}</tr>"


def _matrix(matrix: Matrix) -> Iterator[str]:
    """Cells are shaded by their share of the true label."""
    head = "".join(f'<th scope="col">{as_html(label)}</th>' for label in matrix.labels)
    yield '<div class="wide"><table class="matrix">'
    yield f"<thead><tr><th>true \\ predicted</th>{head}</tr></thead><tbody>"
    for number, (label, counts) in enumerate(zip(matrix.labels, matrix.counts, strict=True)):
        total = max(1, sum(counts))
        cells = "".join(
            f'<td{" class=right" if column == number else ""} style="--share:{count / total * _DARKEST:.2f}">'
            f"{count:,}</td>"
            for column, count in enumerate(counts)
        )
        yield f'<tr><th scope="row">{as_html(label)}</th>{cells}</tr>'
    yield "</tbody></table></div>"
