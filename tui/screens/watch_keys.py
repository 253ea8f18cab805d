"""Views and keys of the watch screen."""

from typing import Literal

from textual.binding import Binding, BindingType

View = Literal["chart", "stopping", "run", "device", "log", "try", "probes"]
VIEWS: tuple[View, ...] = ("chart", "stopping", "run", "device", "log", "try", "probes")
_SHOWN: dict[View, str] = {
    "chart": "the charts",
    "stopping": "early stopping",
    "run": "the plan of the run",
    "device": "the device",
    "log": "the log",
    "try": "the try panel",
    "probes": "the probes",
}

KEYS: list[BindingType] = [
    Binding("question_mark", "help", "help", tooltip="show the keys"),
    Binding("p", "send('pause')", "pause", tooltip="pause training after this step"),
    Binding("p", "send('resume')", "resume", tooltip="resume training"),
    Binding("P", "send('release')", "release", tooltip="pause and free the device's memory", show=False),
    Binding("s", "send('stop')", "stop", tooltip="stop after this step with a checkpoint"),
    Binding(
        "S",
        "send('stop_after_evaluation')",
        "stop later",
        tooltip="stop after the next evaluation",
        show=False,
    ),
    Binding("e", "send('evaluate')", "evaluate now", tooltip="evaluate on the validation split now"),
    Binding("c", "send('checkpoint')", "checkpoint", tooltip="write a checkpoint now"),
    Binding("a", "adjust", "adjust", tooltip="change learning rate, patience, steps or interval"),
    Binding("n", "note", "note", tooltip="add a note at this step", show=False),
    Binding("r", "restart", "resume run", tooltip="resume from the last checkpoint"),
    # With priority, so that a key typed right after it goes to the input line.
    Binding("slash", "try", "try text", tooltip="type a text and classify it", priority=True),
    Binding("b", "switch", "best or last", tooltip="classify with best or last checkpoint", show=False),
    Binding("v", "evaluate", "evaluation", tooltip="evaluate: confusions, label scores, mistakes"),
    Binding("l", "log", "log", tooltip="show or hide the trainer's log"),
    Binding(
        "m",
        "metric",
        "loss or accuracy",
        tooltip="switch between loss and accuracy (small screens)",
        show=False,
    ),
    *[
        Binding(str(number), f"view('{view}')", view, tooltip=f"show {_SHOWN[view]}", show=False)
        for number, view in enumerate(VIEWS, 1)
    ],
    Binding("d", "detach", "detach", tooltip="quit; the run continues"),
    Binding("escape", "back", "back", tooltip="go back"),
    Binding("q", "leave", "quit", tooltip="quit: detach, or stop and save"),
]
