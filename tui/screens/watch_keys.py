"""The views of the watch screen, and its keys."""

from typing import Literal

from textual.binding import Binding, BindingType

View = Literal["chart", "stopping", "run", "device", "log", "try", "probes"]
VIEWS: tuple[View, ...] = ("chart", "stopping", "run", "device", "log", "try", "probes")

KEYS: list[BindingType] = [
    Binding("question_mark", "help", "help"),
    Binding("p", "send('pause')", "pause", tooltip="pause training after this step"),
    Binding("p", "send('resume')", "resume", tooltip="go on with training"),
    Binding(
        "P", "send('release')", "release", tooltip="pause, and give the device's memory back", show=False
    ),
    Binding("s", "send('stop')", "stop", tooltip="stop after this step, with a checkpoint"),
    Binding(
        "S",
        "send('stop_after_evaluation')",
        "stop later",
        tooltip="stop after the next evaluation",
        show=False,
    ),
    Binding("e", "send('evaluate')", "evaluate now", tooltip="evaluate on the validation split now"),
    Binding("c", "send('checkpoint')", "checkpoint", tooltip="write a checkpoint now"),
    Binding("a", "adjust", "adjust", tooltip="change learning rate, patience, steps, evaluation rhythm"),
    Binding("n", "note", "note", tooltip="write a note at this step", show=False),
    Binding("r", "restart", "resume run", tooltip="start the trainer again from the last checkpoint"),
    # With priority the next key, typed at once, goes to the input and is not taken for a command.
    Binding("slash", "try", "try text", tooltip="type a text and classify it", priority=True),
    Binding("b", "switch", "best or last", tooltip="best or last checkpoint for texts", show=False),
    Binding("v", "evaluate", "evaluation", tooltip="what it gets right and wrong"),
    Binding("l", "log", "log", tooltip="the trainer's log, and back"),
    Binding("m", "metric", "loss or accuracy", tooltip="loss or accuracy, where one chart fits", show=False),
    *[
        Binding(str(number), f"view('{view}')", view, tooltip=f"show {view}", show=False)
        for number, view in enumerate(VIEWS, 1)
    ],
    Binding("d", "detach", "detach", tooltip="leave; the run goes on"),
    Binding("escape", "back", "back", tooltip="back to where you came from"),
    Binding("q", "leave", "quit", tooltip="leave: detach, or stop and save"),
]
