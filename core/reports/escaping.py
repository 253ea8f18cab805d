"""Text from files, labels and errors is data: made harmless for the format that it stands in."""

import html
import re

from core.text.plain import plain

# Between letters or digits an underscore or a star is only that.
_MARKDOWN = re.compile(r"[\\`\[\]|~$]|(?<![A-Za-z0-9])[*_]|[*_](?![A-Za-z0-9])")


def as_html(text: str) -> str:
    """`text` for HTML or SVG, with control characters made visible."""
    return html.escape(plain(text))


def as_markdown(text: str) -> str:
    """`text` within a line of Markdown, such as a cell, with control characters made visible."""
    # An entity for what could begin a tag, which not every reader takes a backslash for.
    return _MARKDOWN.sub(r"\\\g<0>", html.escape(plain(text), quote=False))
