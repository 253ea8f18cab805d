"""Report templates are in the package, escape values, and reject missing values."""

from importlib import resources

import pytest
from jinja2 import UndefinedError

from core.reports import card, html
from core.reports.document import Document, Section


def test_templates_are_files_of_the_package() -> None:
    names = {entry.name for entry in (resources.files("core.reports") / "templates").iterdir()}
    assert names >= {"report.html", "report.css", "chart.svg", "card.md"}


def test_every_value_of_a_page_is_escaped() -> None:
    hostile = "<b onclick='x'>\x1b[31m\u202e&amp;"
    page = html.as_page(Document(hostile, hostile, [Section(hostile, [hostile])], hostile))
    assert page.count("&lt;b onclick=&#39;x&#39;&gt;␛[31m⟨U+202E⟩&amp;amp;") == 6
    assert "<b " not in page


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        html._environment().from_string("{{ document.title }}").render()
    with pytest.raises(UndefinedError):
        card._template().environment.from_string("{{ facts.name }}").render()
