"""Render a report as one HTML file, which loads nothing and runs nothing, in light or dark mode.

Text from files is data: the templates escape every value, and control characters are made visible.
"""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from core.reports.document import Document
from core.reports.svg import draw
from core.text.plain import plain


def as_page(document: Document) -> str:
    """Return the report as a complete HTML page."""
    return _environment().get_template("report.html").render(document=document)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("core.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["draw"] = draw
    return environment


def _visible(value: Any) -> Any:
    """Make control characters in text visible. Markup comes from the templates themselves."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
