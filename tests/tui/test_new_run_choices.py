"""The form for a new run: presets and text pairs."""

from pathlib import Path
from typing import Any

import pytest
from fake_engine import FakeEngine, last_config
from new_run_form import application, opened, planned, row, text
from textual.widgets import Collapsible, Input, Select
from watch_app import until

from core.config import build_config
from core.config.presets import PRESETS
from core.problems import Problem
from core.protocol import CheckData, Request
from tui.screens.data import DataScreen
from tui.screens.dialogs.pick import PickModelScreen
from tui.screens.new_run import NewRunScreen
from tui.widgets.config_form import ConfigForm


class Checking(FakeEngine):
    """A stand-in engine that rejects every data check."""

    async def ask(self, request: Request[Any], **options: Any) -> Any:
        answer = await super().ask(request, **options)
        if isinstance(request, CheckData):
            raise Problem("they cannot be read")
        return answer


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("text,label\n", encoding="utf-8")


async def test_a_preset_is_chosen_from_the_list_of_models():
    engine = FakeEngine()
    async with application(engine).run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press(*"a.csv", *["tab"] * 3, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickModelScreen))
        await pilot.press("end", "up", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen))
        await until(pilot, lambda: row(pilot, "model.max_length").query_one(Input).placeholder == "128")
        name = row(pilot, "model.name")
        assert (name.value, str(name.query_one(".name").render())) == ("cnn-notebook", "preset")
        await until(pilot, lambda: (config := last_config(engine)) is not None and config.model.name == "cnn")
        expected = build_config(PRESETS["cnn-notebook"], {"data": {"train": "a.csv"}})
        asked = last_config(engine)
        assert asked is not None
        assert asked.model_copy(update={"output": expected.output}) == expected


async def test_typed_values_override_a_preset_and_another_model_removes_it():
    async with application().run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        form = pilot.app.screen.query_one(ConfigForm)
        form.query_one(Collapsible).collapsed = False
        form.fill("model.name", "rnn-notebook")
        schedule = row(pilot, "training.schedule").query_one(Select)
        await until(pilot, lambda: schedule.value == "constant")
        form.fill("model.max_length", "64")
        form.fill("training.epochs", "2")
        found = build_config(form.values())
        assert (found.model.name, found.model.max_length, found.rnn.cell) == ("rnn", 64, "tanh")
        assert (found.training.epochs, found.training.max_steps) == (2.0, None)
        schedule.value = "linear"
        await until(pilot, lambda: build_config(form.values()).training.schedule == "linear")
        schedule.value = "constant"
        form.fill("model.name", "rnn")
        await until(
            pilot, lambda: "2500" not in row(pilot, "training.max_steps").query_one(Input).placeholder
        )
        assert schedule.value == "linear"
        kept = {section: set(values) for section, values in form.values().items()}
        assert kept == {"model": {"name", "max_length"}, "training": {"epochs"}}


async def test_two_text_columns_give_text_pairs_in_plan_and_data():
    engine = Checking()
    async with application(engine).run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press(*"a.csv")
        await planned(pilot)
        second = pilot.app.screen.query_one("#second-column", Select)
        assert "single texts" in str(second.prompt)
        second.focus()
        await pilot.press("enter", *"kind", "enter")
        await until(
            pilot,
            lambda: (config := last_config(engine)) is not None and config.data.text_column == "text,kind",
        )
        await until(pilot, lambda: "ready" in text(pilot, "#state"))
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, DataScreen))
        await until(pilot, lambda: isinstance(engine.asked[-1], CheckData))
        assert last_config(engine).data.text_column == "text,kind"
