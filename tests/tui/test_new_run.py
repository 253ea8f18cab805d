"""The form for a new run: by keyboard from the first screen to a launched trainer."""

from pathlib import Path

import pytest
from fake_engine import WARNED, FakeEngine, last_config
from new_run_form import RUNS, application, opened, planned, row, text
from sample_runs import make_run
from textual.pilot import Pilot
from textual.widgets import Button, Collapsible, Input, Select
from watch_app import until

from core.config import build_config, read_config
from tui.app import BertclsApp
from tui.screens.dialogs.pick import PickFileScreen
from tui.screens.dialogs.questions import ConfirmScreen
from tui.screens.home import HomeScreen
from tui.screens.new_run import NewRunScreen
from tui.widgets.config_form import ConfigForm
from tui.widgets.data.preview import DataPreview
from tui.wording.settings import in_words_of_the_form


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("bad.csv", "reviews_train.csv", "trec.jsonl.gz", "notes.txt"):
        Path(name).write_text("text,label\n", encoding="utf-8")


@pytest.fixture
def launched(monkeypatch) -> list[str]:
    """The launched runs. Replaces launching."""
    names: list[str] = []
    monkeypatch.setattr("core.runs.start.launch", lambda run: names.append(run.name))
    return names


@pytest.fixture
def watched(monkeypatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(BertclsApp, "watch_run", lambda app, run: names.append(run.name))
    return names


async def test_a_run_is_started_by_keyboard_from_the_first_screen(launched, watched):
    async with application().run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickFileScreen))
        tree = pilot.app.screen.query_one("DataTree")
        await until(pilot, lambda: len(tree.root.children) == 3)
        assert [str(node.label) for node in tree.root.children] == [
            "bad.csv",
            "reviews_train.csv",
            "trec.jsonl.gz",
        ]
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen))
        await planned(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, HomeScreen))
    assert launched == watched == ["reviews_train-bert-base-cased"]
    config = build_config(read_config(RUNS / launched[0] / "config.toml"))
    assert config.data.train == str(Path("reviews_train.csv").absolute())
    assert config.output.runs_dir == str(RUNS.absolute())


async def test_the_start_button_is_reached_with_tab(launched, watched):
    async with application().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press(*"a.csv")
        await planned(pilot)
        for _ in range(40):
            if pilot.app.focused.id == "start":
                break
            await pilot.press("tab")
        await pilot.press("enter")
        await until(pilot, lambda: bool(watched))


async def test_starting_before_the_plan_waits_for_it(launched, watched):
    engine = FakeEngine()
    engine.held.clear()
    async with application(engine).run_test() as pilot:
        await opened(pilot)
        await pilot.press(*"a.csv", "ctrl+s")
        await until(pilot, lambda: bool(engine.asked))
        assert "plan" not in [request.method for request in engine.asked]
        assert launched == []
        engine.held.set()
        await until(pilot, lambda: bool(watched))
    *before, last = [request.method for request in engine.asked]
    assert (set(before), last) == ({"inspect"}, "plan")


async def test_the_plan_uses_the_typed_values(launched, watched):
    engine = FakeEngine()
    async with application(engine).run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press(*"a.csv", *["tab"] * 3, *"minilm", *["tab"] * 2, *"1e-4")
        await planned(pilot)
    config = last_config(engine)
    assert config is not None
    assert config.model.name == "minilm"
    assert config.training.learning_rate == 1e-4
    assert config.stopping.patience is None


async def test_an_invalid_value_is_reported_at_its_field(launched):
    async with application().run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press(*"a.csv", *["tab"] * 4, *"4")
        errors = [str(label.render()) for label in pilot.app.screen.query(".error") if label.display]
        assert errors == ["must be at least 8"]
        for key in ("ctrl+s", "f2"):
            await pilot.press(key)
            assert "fix the marked settings" in text(pilot, "#state")
        await pilot.press("0", "0")
        await planned(pilot)
    assert launched == []


async def test_steps_and_epochs_together_are_an_error(launched):
    config = build_config({"data": {"train": "reviews_train.csv"}, "training": {"max_steps": 10}})
    async with application(config=config).run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen))
        await planned(pilot)
        await pilot.press(*["tab"] * 8, "2")
        errors = [str(label.render()) for label in pilot.app.screen.query(".error") if label.display]
        assert errors == ["give max_steps or epochs, not both"]


async def test_a_data_error_is_shown_and_nothing_starts(launched):
    async with application().run_test() as pilot:
        await opened(pilot)
        await pilot.press(*"bad")
        await until(pilot, lambda: "line 3: the label is empty" in text(pilot, "#data-state"))
        # Also beside the button, because a small screen does not show the data.
        await until(pilot, lambda: "line 3: the label is empty" in text(pilot, "#state"))
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert launched == []


async def test_without_data_nothing_starts(launched):
    async with application().run_test() as pilot:
        await opened(pilot)
        await pilot.press("ctrl+s")
        assert "choose the training data" in text(pilot, "#state")
    assert launched == []


async def test_a_detected_column_can_be_overridden():
    engine = FakeEngine()
    async with application(engine).run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press(*"a.csv")
        await planned(pilot)
        select = pilot.app.screen.query_one("#label-column", Select)
        assert select.prompt == "label (detected)"
        select.focus()
        await pilot.press("enter", *"kind", "enter")
        await until(
            pilot,
            lambda: (config := last_config(engine)) is not None and config.data.label_column == "kind",
        )
        assert pilot.app.screen.query_one(DataPreview).columns == {"label_column": "kind"}


async def test_the_help_of_a_setting_is_hidden_when_the_focus_leaves():
    async with application().run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await until(pilot, lambda: text(pilot, "#help") != "")
        pilot.app.screen.query_one(Button).focus()
        await until(pilot, lambda: text(pilot, "#help") == "")


async def test_warnings_are_part_of_the_plan():
    async with application(FakeEngine(WARNED)).run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press(*"a.csv")
        await planned(pilot)
        assert "with 1 warning" in text(pilot, "#state")
        assert "patience 5 can never be used up" in text(pilot, "#plan-text")


async def test_a_name_already_in_use_is_an_error(launched):
    make_run(RUNS, "taken")
    config = build_config(
        {"data": {"train": "reviews_train.csv"}, "output": {"name": "taken", "runs_dir": "runs"}}
    )
    async with application(config=config).run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen))
        await planned(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "there is a run of this name already" in text(pilot, "#state"))
    assert launched == []


async def test_escape_goes_back():
    async with application().run_test() as pilot:
        await opened(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, HomeScreen))


async def test_leaving_a_filled_form_asks_for_confirmation():
    async with application().run_test() as pilot:
        await opened(pilot)
        await pilot.press(*"no.csv", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen))
        assert pilot.app.screen.query_one("Input", Input).value == "no.csv"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, HomeScreen))


def test_command_line_options_in_messages_become_field_names():
    asked = "Give --model FOLDER, or use --drop-bad-rows or --no-such-option."
    expected = "Give model › name FOLDER, or use data › drop bad rows (under more) or --no-such-option."
    assert in_words_of_the_form(asked) == expected
    asked = "Use --model minilm, or give a folder with a saved model as --model, or use --encoding latin-1."
    expected = (
        "Set model › name to minilm, or give a folder with a saved model as model › name, "
        "or set data › encoding (under more) to latin-1."
    )
    assert in_words_of_the_form(asked) == expected


async def test_a_switch_shows_yes_or_no():
    async with application().run_test(size=(120, 60)) as pilot:
        await opened(pilot)
        form = pilot.app.screen.query_one(ConfigForm)
        form.query_one(Collapsible).collapsed = False
        switch = row(pilot, "data.drop_bad_rows")
        assert (switch.value, switch.query_one(Select).value) == (None, "no")
        await until(pilot, lambda: switch.query_one(Select).focus() and switch.has_focus_within)
        await pilot.press("enter", "y", "enter")
        await until(pilot, lambda: switch.value == "yes")
        assert build_config(form.values()).data.drop_bad_rows


async def test_a_folder_can_be_typed_and_used_as_data():
    Path("reviews").mkdir()
    Path("reviews/train.csv").write_text("text,label\n", encoding="utf-8")
    async with application().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickFileScreen))
        await pilot.press("shift+tab", *"nowhere", "enter")
        assert "nowhere: no such file or folder" in text(pilot, "#message")
        pilot.app.screen.query_one(Input).value = "reviews"
        await pilot.press("enter")
        tree = pilot.app.screen.query_one("DataTree")
        await until(pilot, lambda: [str(node.label) for node in tree.root.children] == ["train.csv"])
        await pilot.press("f")
        await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen))
        assert pilot.app.screen.query_one("Input", Input).value == "reviews"


async def snapshot_planned(pilot: Pilot[str]) -> None:
    await opened(pilot)
    pilot.app.screen.query_one("Input", Input).cursor_blink = False
    await pilot.press(*"a.csv")
    await planned(pilot)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["120x36", "80x24"])
def test_the_empty_form(snap_compare, size):
    async def empty(pilot: Pilot[str]) -> None:
        await opened(pilot)
        pilot.app.screen.query_one("Input", Input).cursor_blink = False

    assert snap_compare(application(), terminal_size=size, run_before=empty)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["120x36", "80x24"])
def test_the_form_with_data_and_plan(snap_compare, size):
    assert snap_compare(application(FakeEngine(WARNED)), terminal_size=size, run_before=snapshot_planned)
