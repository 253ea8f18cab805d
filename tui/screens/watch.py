"""WatchScreen: one run as it trains: curves, early stopping, figures, log, and typed texts."""

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen

from core.runs.commands import CommandName
from core.runs.directory import RunDirectory
from tui.following.machine import DeviceFigures, MachineProbe, Probe, trainer_pid
from tui.following.run import RunFollower, RunUpdated
from tui.screens import requests
from tui.screens.command_sender import CommandSender
from tui.screens.dialogs.adjust import Adjusted, AdjustScreen, NoteScreen
from tui.screens.dialogs.questions import Choice, LeaveScreen
from tui.screens.help import HelpScreen, KeyCommands
from tui.screens.watch_keys import KEYS, VIEWS, View
from tui.screens.watch_panels import WatchPanels
from tui.widgets.answering import Answerer
from tui.widgets.predict.probes import PinsChanged, ProbeList
from tui.widgets.screen_frame import LEAST_SIZE, READ_ONLY

# Seconds between two readings of the machine.
DEVICE_TICK = 2.0


class WatchScreen(Screen[None]):
    """Follows one run, steers it, and classifies typed texts with its checkpoints.

    Args:
        run: the run.
        engine: classifies texts; see `Answerer`.
        read_only: watch, but never steer.
        probe: source of the device figures.
    """

    CSS_PATH = "../styles/watch.tcss"
    AUTO_FOCUS = ""
    COMMANDS: ClassVar = {KeyCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low"), (30, "-high"), (44, "-tall")]  # noqa: RUF012

    BINDINGS: ClassVar = KEYS

    def __init__(
        self, run: RunDirectory, engine: Answerer, *, read_only: bool = False, probe: Probe | None = None
    ) -> None:
        super().__init__()
        self.run = run
        self.follower = RunFollower(run)
        self.set_class(read_only, READ_ONLY)
        self._panels = WatchPanels(run, f"{run.name} (read-only)" if read_only else run.name, engine)
        self._sender = CommandSender(self.follower, self._panels.notice, read_only=read_only)
        self._probe = probe or MachineProbe()
        self._device: DeviceFigures | None = None
        self._view: View = "chart"
        self._leaves_at_end = False

    def compose(self) -> ComposeResult:
        """The panels."""
        yield from self._panels.compose()

    def on_mount(self) -> None:
        """Start following the run and the machine."""
        self._open("chart")
        if self.has_class(READ_ONLY):
            self._panels.notice.show_message("read-only: no key steers this run")
        self.run_worker(self.follower.follow(self), group="follow")
        self.run_worker(self._follow_device(), group="device")

    def on_resize(self) -> None:
        """Lay out for the new size."""
        self._panels.status.is_narrow = not self.is_wide
        self._show()

    @property
    def is_wide(self) -> bool:
        """Whether charts, figures and the input line are visible together."""
        return self.size.width >= 100 and self.size.height >= 30

    @on(RunUpdated)
    @on(PinsChanged)
    def _show(self) -> None:
        follower = self.follower
        self.set_class(self._panels.show(follower), "-went-wrong")
        if not follower.is_ready:
            return
        self._panels.show_device(self._device, follower)
        self.refresh_bindings()
        if not follower.is_alive and (self._leaves_at_end or self._was_refused):
            self._exit()

    async def _follow_device(self) -> None:
        while True:
            trainer = trainer_pid(self.follower.history, is_alive=self.follower.is_alive)
            self._device = await asyncio.to_thread(self._probe.read, trainer)
            self._panels.show_device(self._device, self.follower)
            await asyncio.sleep(DEVICE_TICK)

    @property
    def _was_refused(self) -> bool:
        """Whether the run that the app was opened for never started: the command line then says why."""
        history = self.follower.history
        is_refused = history.ended is not None and history.ended.reason == "refused"
        return is_refused and history.started is None and self.app.screen_stack[0] is self

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible now."""
        if action == "back":
            return self.app.screen_stack[0] is not self
        if action == "try":
            return not self._panels.predict.is_typing
        if action == "detach" and self.follower.is_ready:
            return self.follower.is_alive
        return self._sender.allows(action, parameters)

    def action_send(self, name: CommandName) -> None:
        """Send a command to the trainer."""
        self._sender.send(name)

    def action_adjust(self) -> None:
        """Ask for other settings and send those that were changed."""
        self.app.push_screen(AdjustScreen(self.follower.history), self._adjust)

    def _adjust(self, adjusted: Adjusted | None) -> None:
        self._sender.adjust(adjusted or {})

    def action_note(self) -> None:
        """Ask for a note and send it."""
        self.app.push_screen(NoteScreen(self.follower.history.step), self._note)

    def _note(self, text: str | None) -> None:
        if text:
            self._sender.send("note", text=text)

    def action_restart(self) -> None:
        """Start the trainer again from the last checkpoint."""
        self._sender.resume_run()

    def action_evaluate(self) -> None:
        """Open the evaluation of the run."""
        self.post_message(requests.EvaluateRun(self.run))

    def action_view(self, view: View) -> None:
        """Open a view."""
        self._open(view)

    def action_log(self) -> None:
        """Open or close the log."""
        self._open("chart" if self._view == "log" else "log")

    def action_try(self) -> None:
        """Go to the input line."""
        if not self.is_wide or self._view == "log":
            self._open("try")
        self._panels.predict.focus_input()

    def action_switch(self) -> None:
        """Switch between the best and the last checkpoint."""
        self._panels.predict.action_switch()

    def action_metric(self) -> None:
        """Show the other chart where only one fits."""
        self.toggle_class("-metric")
        self._open("chart")

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen.of(self, self._panels.predict, self.query_one(ProbeList)))

    def action_detach(self) -> None:
        """Leave; the run continues."""
        self._exit()

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.dismiss()

    def action_leave(self) -> None:
        """Leave; ask first whether to stop a run that is active."""
        if self.follower.is_alive and not self.has_class(READ_ONLY):
            self.app.push_screen(LeaveScreen("run", is_paused=self.follower.state == "paused"), self._leave)
        else:
            self._exit()

    def _leave(self, choice: Choice | None) -> None:
        if choice == "detach":
            self._exit()
        elif choice == "stop":
            self._leaves_at_end = True
            self.action_send("stop")

    def _exit(self) -> None:
        follower, name = self.follower, self.run.name
        ended = follower.history.ended
        if ended is not None and ended.reason == "refused":
            self.app.exit()  # the reason is printed as an error
        elif follower.state == "paused":
            self.app.exit(f"{name} is paused; resume it with `bertcls-tui attach {name}`, then p")
        elif follower.is_alive:
            self.app.exit(f"{name} continues in the background; `bertcls-tui attach {name}` shows it again")
        else:
            self.app.exit(f"{name}: {follower.state} at step {follower.history.step}")

    def _open(self, view: View) -> None:
        # All at once: every change of a class restyles all widgets.
        self.update_classes({f"-view-{name}": name == view for name in VIEWS})
        self._view = view
        self._panels.views.show(view)
        if view == "log":
            self._panels.log.focus()
        elif view in ("run", "device"):  # they scroll
            self.query_one(f"#{view}").focus()
        elif view == "probes":
            self._panels.probes.show(self.follower.history)
            self.query_one(ProbeList).focus()
        elif view != "try":
            self.set_focus(None)
