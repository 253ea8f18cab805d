"""Explanations in the prediction panel, readable without colour."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_run import FakeEngine, ScriptedRun, explanation, plan
from watch_app import WatchApp, ready, screen_text, shows, until

from core.problems import Problem
from core.protocol import Explain, Explanation, Predict, WordContribution
from core.runs import probes
from core.runs.events import Checkpoint
from core.text.plain import plain
from tui.widgets.predict import explanation as widget
from tui.wording.explanation import pieces, summary

WIDE, SMALL = (120, 36), (80, 24)
TEXT = "loved it but thin"


@pytest.fixture
def run(tmp_path: Path) -> ScriptedRun:
    run = ScriptedRun(tmp_path)
    run.begin(plan())
    run.train(240, plan())
    return run


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_ctrl_y_explains_each_label_in_turn(run: ScriptedRun, size: tuple[int, int]) -> None:
    engine = FakeEngine()
    async with WatchApp(run, engine).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("slash", "ctrl+y")
        await until(pilot, shows(pilot.app, "type a text first", "^y why"))
        await pilot.press(*TEXT, "enter")
        await until(pilot, shows(pilot.app, "0.66"))
        await pilot.press("ctrl+y")
        await until(
            pilot,
            shows(
                pilot.app,
                "positive: probability 0.91 (0.48 for an empty text) · best @200 · 0.8 s",
                "for: loved +0.70 · against: thin −0.30",
                "loved⁺⁺ it but thin⁻",
            ),
        )
        await pilot.press("ctrl+y")
        await until(pilot, shows(pilot.app, "negative: probability"))
        await pilot.press("ctrl+y")
        await until(pilot, shows(pilot.app, "positive: probability"))
        # A new text replaces the explanation and the tried texts are shown again.
        await pilot.press(*"so so", "enter")
        await until(pilot, shows(pilot.app, "0.66 positive           so so"))
        assert "probability" not in screen_text(pilot.app).rsplit("\n", 1)[0]
    asked = [each.label if isinstance(each, Explain) else "predict" for each in engine.asked]
    assert asked == ["predict", None, "negative", "positive", "predict"]


async def test_keys_apply_to_the_text_in_the_input_line(run: ScriptedRun) -> None:
    engine = FakeEngine()
    async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("slash", *TEXT, "ctrl+y")
        await until(pilot, shows(pilot.app, "0.66", "loved⁺⁺ it but thin⁻"))
        await pilot.press("home", "ctrl+k", *"fine", "ctrl+n")
        await until(pilot, shows(pilot.app, "pinned: the probes view"))
    assert probes.read(run.directory.path) == ["fine"]
    assert [each.texts for each in engine.asked if isinstance(each, Predict)] == [[TEXT]]


async def test_an_explanation_names_its_checkpoint(run: ScriptedRun) -> None:
    engine = FakeEngine()
    with run.alive():
        async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("slash", *TEXT, "enter")
            await until(pilot, shows(pilot.app, "0.66"))
            await pilot.press("ctrl+y")
            await until(pilot, shows(pilot.app, "best @200 · 0.8 s"))
            run.write(Checkpoint(step=260, is_best=True, bytes=1, seconds=0.1))
            await until(pilot, shows(pilot.app, "try it · best @260", "best @200 · 0.8 s"))


async def test_an_error_of_an_explanation_is_shown(run: ScriptedRun) -> None:
    engine = FakeEngine()
    async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("slash", *TEXT, "enter")
        await until(pilot, shows(pilot.app, "0.66"))
        engine.failure = Problem("captum is missing", mend="Run: pip install 'bertcls-tui[explain]'")
        await pilot.press("ctrl+y")
        await until(pilot, shows(pilot.app, "Captum is missing. Run: pip install 'bertcls-tui[explain]'"))
        engine.failure = None
        await pilot.press("ctrl+y")
        await until(pilot, shows(pilot.app, "positive: probability"))


async def test_a_long_explanation_scrolls(run: ScriptedRun) -> None:
    text = " ".join(f"word{number}" for number in range(300))
    async with WatchApp(run, FakeEngine()).run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        await pilot.press("slash")
        screen.query_one("Input").value = text  # type: ignore[attr-defined]
        await pilot.press("enter", "ctrl+y")
        await until(pilot, shows(pilot.app, "word9"))
        assert "word299⁻" not in "\n".join(screen_text(pilot.app).split("\n")[7:])
        for _ in range(4):
            await pilot.press("pagedown")
        await until(pilot, lambda: "word299⁻" in "\n".join(screen_text(pilot.app).split("\n")[7:]))


@given(st.text(max_size=30), st.lists(st.floats(-1, 1), max_size=5), st.randoms())
def test_an_explanation_adds_only_signs_to_the_text(text: str, values: list[float], numbers: object) -> None:
    bounds = sorted(min(len(text), 3 * number) for number in range(2 * len(values)))
    words = [
        WordContribution(start=start, end=end, contribution=value)
        for start, end, value in zip(bounds[::2], bounds[1::2], values, strict=True)
    ]
    found = explained(text, words)
    shown = "".join(piece.text.strip("⁺⁻") if piece.strength else piece.text for piece in pieces(text, found))
    assert shown.replace("⁺", "").replace("⁻", "") == "".join(
        plain(part) for part in parts(text, words)
    ).replace("⁺", "").replace("⁻", "")
    assert "for: " in summary(text, found)


def test_strength_is_shown_by_signs_and_bold_text() -> None:
    text = "much some little none some much"
    values = [0.4, 0.1, 0.01, 0.0, -0.1, -0.39]
    spans = [(0, 4), (5, 9), (10, 16), (17, 21), (22, 26), (27, 31)]
    words = [
        WordContribution(start=start, end=end, contribution=value)
        for (start, end), value in zip(spans, values, strict=True)
    ]
    found = explained(text, words)
    assert "".join(piece.text for piece in pieces(text, found)) == "much⁺⁺ some⁺ little none some⁻ much⁻⁻"
    bold = [piece.text for piece in pieces(text, found) if "bold" in widget._STYLES[piece.strength]]
    assert bold == ["much⁺⁺", "much⁻⁻"]
    assert (
        summary(text, found) == "for: much +0.40, some +0.10, little +0.01 · against: much −0.39, some −0.10"
    )


@pytest.mark.parametrize(
    ("unread", "words", "shown"),
    [
        ([(8, 23)], [(0, 3), (4, 7)], "one⁺⁺ two⁻ ⟪three four five⟫"),
        ([(0, 7)], [(8, 13), (14, 18)], "⟪one two⟫ three⁺⁺ four⁻ five"),
        ([(4, 18)], [(0, 3), (19, 23)], "one⁺⁺ ⟪two three four⟫ five⁻"),
        # Both texts of a pair can have unread parts, and a cut can split a word.
        ([(4, 7), (16, 23)], [(8, 13), (14, 16)], "one ⟪two⟫ three⁺⁺ fo⁻⟪ur five⟫"),
    ],
)
def test_unread_parts_are_marked(
    unread: list[tuple[int, int]], words: list[tuple[int, int]], shown: str
) -> None:
    text = "one two three four five"
    contributions = [
        WordContribution(start=start, end=end, contribution=value)
        for (start, end), value in zip(words, (0.7, -0.3), strict=True)
    ]
    found = msgspec.structs.replace(explained(text, contributions), unread=unread)
    assert "".join(piece.text for piece in pieces(text, found)) == shown
    assert [not piece.is_read for piece in pieces(text, found)] == [
        "⟪" in piece.text for piece in pieces(text, found)
    ]


def test_a_long_unread_part_is_shortened_to_its_ends() -> None:
    text = "first " + "x" * 500 + "y" * 500 + " last"
    found = msgspec.structs.replace(explained(text, []), unread=[(6, 1006)])
    (part,) = [piece.text for piece in pieces(text, found) if not piece.is_read]
    assert part == "⟪" + "x" * 100 + " … " + "y" * 100 + "⟫"


def test_markup_and_escape_codes_are_shown_as_text() -> None:
    text = "[b]bold[/b] \x1b[31mred"
    found = explanation(Explain("run", text, "best"), ["[i]good", "bad"], 20)
    shown = widget.explanation(text, found).plain
    assert "[b]bold[/b]⁺⁺ ␛[31mred⁻" in shown
    assert "[i]good: probability" in shown


def explained(text: str, words: list[WordContribution]) -> Explanation:
    return Explanation(
        label="good",
        labels=["good", "bad"],
        probability=0.9,
        empty_probability=0.5,
        words=words,
        error=0.0,
        step=20,
        which="best",
        tokens=9,
        truncated=False,
        max_length=512,
        seconds=0.1,
    )


def parts(text: str, words: list[WordContribution]) -> list[str]:
    end, found = 0, []
    for word in words:
        found += [text[end : word.start], text[word.start : word.end]]
        end = word.end
    return [*found, text[end:]]
