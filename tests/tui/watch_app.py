"""A small app around the watch screen, and helpers that wait for it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from scripted_run import FakeEngine, FixedProbe, ScriptedRun
from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget

import tui
from tui.following.machine import Gpu
from tui.screens.watch import WatchScreen
from tui.styles.theme import THEME
from tui.widgets.panel import Panel

STYLES = Path(tui.__file__).parent / "styles" / "app.tcss"


class WatchApp(App[str]):
    """An app that shows one run, like the real app with a run as its argument."""

    CSS_PATH = str(STYLES)
    DEFAULT_MODE = "main"

    def __init__(
        self, run: ScriptedRun, engine: FakeEngine, gpus: tuple[Gpu, ...] = (), *, read_only: bool = False
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.register_theme(THEME)
        self.theme = THEME.name
        self.watch = WatchScreen(run.directory, engine, probe=FixedProbe(gpus), read_only=read_only)
        self.add_mode("main", lambda: self.watch)


async def until(pilot: Pilot[str], condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds."""
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came")


async def ready(pilot: Pilot[str]) -> WatchScreen:
    """Wait until the run has been read and drawn and the machine probed."""
    screen = pilot.app.watch  # type: ignore[attr-defined]
    await until(
        pilot,
        lambda: screen.follower.is_ready and "RAM" in screen.query_one("#device-facts", Panel).render().plain,
    )
    await pilot.pause()
    return screen


def text(widget: Widget) -> str:
    """The text of a widget, line by line."""
    return "\n".join(strip.text.rstrip() for strip in map(widget.render_line, range(widget.size.height)))


def screen_text(app: App[str]) -> str:
    """The text of the screen, line by line."""
    compositor = app.screen._compositor
    return "\n".join(strip.text.rstrip() for strip in compositor.render_strips())


def shows(app: App[str], *words: str) -> Callable[[], bool]:
    """A condition: all `words` are on the screen."""
    return partial(_contains, app, words)


def _contains(app: App[str], words: tuple[str, ...]) -> bool:
    shown = screen_text(app)
    return all(word in shown for word in words)
