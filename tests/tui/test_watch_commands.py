"""The keys of the watch screen."""

from pathlib import Path

import msgspec
import pytest
from scripted_run import FakeEngine, ScriptedRun, plan, training_events
from textual.events import Key
from watch_app import WatchApp, ready, screen_text, shows, until

from core.runs.commands import Command
from core.runs.events import Acknowledged, RunStarted
from tui.screens.dialogs.questions import LeaveScreen
from tui.widgets.run.notice import Notice

WIDE, SMALL = (120, 36), (80, 24)


@pytest.fixture
def run(tmp_path: Path) -> ScriptedRun:
    return ScriptedRun(tmp_path)


def trained(run: ScriptedRun, steps: int = 240) -> ScriptedRun:
    run.begin(plan())
    run.train(steps, plan())
    return run


def sent(run: ScriptedRun) -> list[Command]:
    if not run.directory.commands.exists():
        return []
    decoder = msgspec.json.Decoder(Command)
    return [decoder.decode(line) for line in run.directory.commands.read_bytes().splitlines()]


@pytest.mark.parametrize(
    ("key", "name"), [("p", "pause"), ("s", "stop"), ("e", "evaluate"), ("c", "checkpoint")]
)
async def test_a_command_is_sent_and_its_acknowledgement_shown(run: ScriptedRun, key: str, name: str) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press(key)
            await until(pilot, shows(pilot.app, f"{name}: sent, waiting for the trainer…"))
            (command,) = sent(run)
            assert command.name == name
            run.write(Acknowledged(id=command.id, name=name, step=241))
            await until(pilot, shows(pilot.app, f"{name}: acknowledged at step 241"))


async def test_a_rejected_command_shows_the_reason(run: ScriptedRun) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("c")
            run.write(
                Acknowledged(
                    id=sent(run)[0].id, name="checkpoint", step=241, accepted=False, message="disk full"
                )
            )
            await until(pilot, shows(pilot.app, "checkpoint: rejected at step 241: disk full"))


async def test_p_resumes_a_paused_run(run: ScriptedRun) -> None:
    trained(run).write(Acknowledged(id="x", name="pause", step=240))
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            assert "· paused ·" in screen_text(pilot.app)
            assert "p resume" in screen_text(pilot.app)
            await pilot.press("p")
            await until(pilot, lambda: bool(sent(run)))
            assert sent(run)[0].name == "resume"


async def test_a_command_without_a_trainer_is_not_sent(run: ScriptedRun) -> None:
    trained(run)
    async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("p")
        await until(pilot, shows(pilot.app, "pause cannot be delivered: the trainer is not running"))
    assert sent(run) == []


async def test_a_command_that_the_trainer_did_not_read_is_not_delivered(run: ScriptedRun) -> None:
    trained(run)
    app = WatchApp(run, FakeEngine())
    async with app.run_test(size=WIDE) as pilot:
        with run.alive():
            await ready(pilot)
            await until(pilot, lambda: app.watch.follower.is_alive)
            await pilot.press("e")
            await until(pilot, lambda: "waiting" in app.watch.query_one(Notice).message)
        await until(pilot, shows(app, "evaluate: not delivered, the trainer ended first"))


async def test_q_asks_while_the_run_is_in_training(run: ScriptedRun) -> None:
    trained(run)
    app = WatchApp(run, FakeEngine())
    with run.alive():
        async with app.run_test(size=SMALL) as pilot:
            await ready(pilot)
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, LeaveScreen))
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.watch)
            assert sent(run) == []
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, LeaveScreen))
            await pilot.press("d")
            await until(pilot, lambda: app.return_value is not None)
    assert "bertcls-tui attach reviews-minilm" in (app.return_value or "")
    assert sent(run) == []


async def test_stop_and_save_quits_when_the_run_has_ended(run: ScriptedRun) -> None:
    trained(run)
    app = WatchApp(run, FakeEngine())
    async with app.run_test(size=WIDE) as pilot:
        with run.alive():
            await ready(pilot)
            await until(pilot, lambda: app.watch.follower.is_alive)
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, LeaveScreen))
            await pilot.press("down", "enter")
            await until(pilot, lambda: [command.name for command in sent(run)] == ["stop"])
            assert app.return_value is None
            run.end("stopped", 241, 220)
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == "reviews-minilm: stopped at step 240"


async def test_q_quits_without_a_question_when_the_run_has_ended(run: ScriptedRun) -> None:
    trained(run, 300).end("finished", 300, 220)
    app = WatchApp(run, FakeEngine())
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("q")
    assert app.return_value == "reviews-minilm: finished at step 300"


async def test_d_detaches(run: ScriptedRun) -> None:
    trained(run)
    app = WatchApp(run, FakeEngine())
    with run.alive():
        async with app.run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("d")
    assert "continues in the background" in (app.return_value or "")
    assert sent(run) == []


@pytest.mark.parametrize("keys", [("d",), ("q", "d")])
async def test_leaving_a_paused_run_says_that_it_waits(run: ScriptedRun, keys: tuple[str, ...]) -> None:
    trained(run).write(Acknowledged(id="x", name="pause", step=240))
    app = WatchApp(run, FakeEngine())
    with run.alive():
        async with app.run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press(keys[0])
            if keys[0] == "q":
                await until(pilot, shows(app, "The run is paused."))
                await pilot.press("d")
            await until(pilot, lambda: app.return_value is not None)
    said = "reviews-minilm is paused; resume it with `bertcls-tui attach reviews-minilm`, then p"
    assert app.return_value == said


async def test_help_lists_the_keys_of_the_screen(run: ScriptedRun) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=(100, 50)) as pilot:
            await ready(pilot)
            await pilot.press("question_mark")
            await until(pilot, shows(pilot.app, "pause training after this step", "^t"))
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is pilot.app.watch)  # type: ignore[attr-defined]


async def test_the_palette_offers_the_commands_of_the_keys(run: ScriptedRun) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+p", *"write a checkpoint")
            await until(pilot, shows(pilot.app, "key c"))
            await pilot.press("enter")
            await until(pilot, lambda: [command.name for command in sent(run)] == ["checkpoint"])


async def test_a_click_on_a_key_or_a_tab_acts_like_the_key(run: ScriptedRun) -> None:
    trained(run).log("a line of the log")
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=SMALL) as pilot:
            await ready(pilot)
            lines = screen_text(pilot.app).splitlines()
            await pilot.click("#views", offset=(lines[1].index("5 log"), 0))
            await until(pilot, shows(pilot.app, "a line of the log"))
            await pilot.click("#keys", offset=(lines[-1].index("p pause"), 0))
            await until(pilot, lambda: [command.name for command in sent(run)] == ["pause"])


async def test_a_command_that_cannot_be_written_says_so(run: ScriptedRun) -> None:
    trained(run)
    run.directory.commands.mkdir()
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("p")
            await until(
                pilot,
                shows(pilot.app, "pause cannot be delivered", "(Is a directory)"),
            )


async def test_settings_are_adjusted_in_a_dialog(run: ScriptedRun) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=SMALL) as pilot:
            await ready(pilot)
            await pilot.press("a")
            await until(pilot, shows(pilot.app, "adjust from step 240 on", "maximum steps", "300"))
            await pilot.press(*"0.5", "down", "down", *"200", "enter")
            await until(pilot, shows(pilot.app, "maximum steps: step 240 has already been trained"))
            assert sent(run) == []
            await pilot.press("home", *["delete"] * 3, *"x", "enter")
            await until(pilot, shows(pilot.app, "maximum steps: must be a whole number"))
            await pilot.press("backspace", *"400", "enter")
            await until(pilot, lambda: len(sent(run)) == 2)
            assert {command.name: command.value for command in sent(run)} == {
                "learning_rate": 0.5,
                "max_steps": 400,
            }
            for command in sent(run):
                run.write(
                    Acknowledged(
                        id=command.id, name=command.name, step=241, message="as asked", value=command.value
                    )
                )
            await until(pilot, shows(pilot.app, "learning rate: acknowledged at step 241", "240/400"))


async def test_unchanged_settings_are_not_sent(run: ScriptedRun) -> None:
    """A million steps and a third of the learning rate have more digits than the dialog shows."""
    long = plan(max_steps=1_000_000)
    run.write(RunStarted(plan=long, pid=1, host="h", device_name="CPU"), *training_events(8, long))
    run.write(Acknowledged(id="a", name="learning_rate", step=1, value=1 / 3))
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=SMALL) as pilot:
            await ready(pilot)
            await pilot.press("a")
            await until(pilot, shows(pilot.app, "1000000", "0.333333"))
            await pilot.press("down", *"9", "enter")
            await until(pilot, lambda: len(sent(run)) == 1)
            assert [(command.name, command.value) for command in sent(run)] == [("patience", 9)]


async def test_keys_in_one_packet_apply_to_the_selected_line(run: ScriptedRun) -> None:
    """A slow network bundles keys, so no key waits for the effect of the one before."""
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=SMALL) as pilot:
            await ready(pilot)
            await pilot.press("a")
            await until(pilot, shows(pilot.app, "adjust from step 240 on"))
            for key in ("down", "7", "0", "enter"):
                pilot.app.post_message(Key(key, key if key.isdigit() else None))
            await until(pilot, lambda: len(sent(run)) == 1)
            assert [(command.name, command.value) for command in sent(run)] == [("patience", 70)]


async def test_a_note_is_saved_and_shown_as_plain_text(run: ScriptedRun) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("n")
            await until(pilot, shows(pilot.app, "note at step 240"))
            await pilot.press(*"[b]flat[/b]", "enter")
            await until(pilot, lambda: bool(sent(run)))
            (command,) = sent(run)
            assert (command.name, command.text) == ("note", "[b]flat[/b]")
            run.write(Acknowledged(id=command.id, name="note", step=241, message="noted", text=command.text))
            await until(pilot, shows(pilot.app, "N @241", "[b]flat[/b]"))


@pytest.mark.parametrize(("key", "name"), [("P", "release"), ("S", "stop_after_evaluation")])
async def test_keys_with_shift_send_their_commands(run: ScriptedRun, key: str, name: str) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press(key)
            await until(pilot, lambda: [command.name for command in sent(run)] == [name])


async def test_a_read_only_app_sends_no_commands(run: ScriptedRun) -> None:
    trained(run)
    with run.alive():
        app = WatchApp(run, FakeEngine(), read_only=True)
        async with app.run_test(size=WIDE) as pilot:
            await ready(pilot)
            assert "(read-only)" in screen_text(app)
            assert "p pause" not in screen_text(app)
            await pilot.press(*"pPsSecanr", "l")
            await until(pilot, shows(app, "trainer.log"))
            assert app.screen is app.watch
            assert sent(run) == []
            await pilot.press("q")
            await until(pilot, lambda: app.return_value is not None)


async def test_two_apps_show_the_same_commands(run: ScriptedRun) -> None:
    """A command sent by one app is shown by both."""
    trained(run)
    one, other = WatchApp(run, FakeEngine()), WatchApp(run, FakeEngine())
    with run.alive():
        async with one.run_test(size=WIDE) as first, other.run_test(size=SMALL) as second:
            await ready(first)
            await ready(second)
            await first.press("p")
            await until(first, lambda: bool(sent(run)))
            run.write(Acknowledged(id=sent(run)[0].id, name="pause", step=240, message="paused"))
            for pilot in (first, second):
                await until(pilot, shows(pilot.app, "paused"))
            await second.press("p")
            await until(second, lambda: [command.name for command in sent(run)] == ["pause", "resume"])
