"""The data view shows the content of a data source as plain text."""

import msgspec
import pytest
from fake_engine import INSPECTION
from textual.app import App
from textual.widgets import DataTable, OptionList, Select

from core.text.plain import plain
from tui.widgets.data.preview import DataPreview

HOSTILE = ["[/x]", "[red]t[/red]", "\x1b[31m", "[@click=app.quit]"]


class ViewApp(App[None]):
    """An app with only the data view."""

    def compose(self):
        yield DataPreview()


@pytest.mark.parametrize("found", HOSTILE)
async def test_column_names_are_shown_as_plain_text(found):
    inspection = msgspec.structs.replace(
        INSPECTION,
        columns=HOSTILE,
        text_column=found,
        label_column=found,
        labels=dict.fromkeys(HOSTILE, 1),
        reasons=HOSTILE,
        sources={"train": found},
        preview=[HOSTILE],
        problems=HOSTILE,
    )
    async with ViewApp().run_test(size=(120, 60)) as pilot:
        view = pilot.app.query_one(DataPreview)
        view.show(inspection)
        await pilot.pause()
        shown = plain(found)
        current = view.query_one("#text-column SelectCurrent #label")
        assert str(current.render()) == f"{shown} (detected)"
        headers = [str(column.label) for column in view.query_one(DataTable).ordered_columns]
        assert sorted(headers) == sorted(map(plain, HOSTILE))
        select = view.query_one("#text-column", Select)
        select.focus()
        await pilot.press("enter")
        options = select.query_one(OptionList)
        prompts = [str(options.get_option_at_index(place).prompt) for place in range(options.option_count)]
        assert prompts == [f"{shown} (detected)", *map(plain, HOSTILE)]
        await pilot.press("down", "enter")
        assert view.columns == {"text_column": HOSTILE[0]}
        assert str(current.render()) == HOSTILE[0]
