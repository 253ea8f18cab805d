"""Text whose extension names no format: the content selects it."""

from collections.abc import Iterator, Sequence

from core.data.formats.delimited import parse_tsv
from core.data.formats.json_rows import parse_json
from core.data.formats.plain_lines import is_fast_text, parse_fast_text, parse_plain_lines
from core.data.formats.text_file import TextFile
from core.data.table import ChunkSize, Table

_START = 1 << 16  # characters


def parse_by_content(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read fastText lines, JSON, delimited text or plain lines.

    Raises:
        Problem: as the reader of that format does.
    """
    start = text.start(_START)[:_START]
    if is_fast_text(start):
        parse = parse_fast_text
    elif start.lstrip().startswith(("{", "[{", "[[")):
        parse = parse_json
    elif "\t" in start:
        parse = parse_tsv
    else:
        parse = parse_plain_lines
    yield from parse(text, source, columns, size)
