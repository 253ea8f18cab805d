"""PredictPanel: type a text, see what the current checkpoint says about it, while training goes on."""

from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label

from core.problems import Problem
from core.protocol import Predict, Prediction, Predictions
from core.runs import probes, tried_texts
from core.runs.history import History
from core.runs.tried_texts import TriedText
from core.text.plain import plain
from core.text.text_pairs import SEPARATOR
from tui.engine.client import EngineFault
from tui.widgets.answering import Answerer
from tui.widgets.predict.answers import Scores, Tried, Unread
from tui.widgets.predict.explanation import Why
from tui.widgets.predict.probes import PinsChanged
from tui.widgets.screen_frame import READ_ONLY
from tui.wording.prediction import fitted_at_other_step, not_read

Which = Literal["best", "last"]

# What the input line asks for.
_ONE = "type a text, Enter classifies it"
_TWO = f"type two texts with {SEPARATOR} between, Enter classifies them"


class Question(NamedTuple):
    """A text and the checkpoint it is put to."""

    text: str
    which: Which
    step: int


class TextInput(Input):
    """One line of text; the arrows recall earlier ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(1)", "earlier text"),
        Binding("down", "recall(-1)", "later text"),
    ]

    class Recalled(Message):
        """An earlier (1) or later (-1) text is wanted."""

        def __init__(self, direction: int) -> None:
            super().__init__()
            self.direction = direction

    def action_recall(self, direction: int) -> None:
        """Ask for another text."""
        self.post_message(self.Recalled(direction))


class PredictPanel(Vertical):
    """Classifies what is typed against the best or last checkpoint of one run.

    Args:
        run: the run directory.
        engine: who answers.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "switch", "best/last checkpoint"),
        Binding("ctrl+y", "explain", "why", tooltip="why this label, word by word; then the next"),
        Binding("ctrl+n", "pin", "pin", tooltip="pin or unpin the text as a probe"),
        Binding("pageup", "scroll_scores(-1)", "scroll labels up", show=False),
        Binding("pagedown", "scroll_scores(1)", "scroll labels down", show=False),
        Binding("escape", "leave", "back to the keys"),
    ]

    def __init__(self, run: Path, engine: Answerer, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run = run
        self._engine = engine
        self._history = History()
        self._which: Which = "best"
        self._named = ""
        self._shown: Question | None = None
        self._trials: list[TriedText] = []
        self._recalled = -1

    def compose(self) -> ComposeResult:
        """The input line, the scores, and what was tried before."""
        with Horizontal(id="typing"):
            yield Label("› ", markup=False)
            yield TextInput(placeholder=_ONE, compact=True, select_on_focus=False)
        with VerticalScroll(id="scores-scroll"):
            yield Scores()
        yield Unread()
        with VerticalScroll(id="tried-scroll"):
            yield Tried()
        yield Why(self._run, self._engine, id="why")

    def on_mount(self) -> None:
        """Say what can be done, and what was tried before."""
        for trial in tried_texts.read(self._run):
            self._remember(trial)
        self.show(self._history)

    def show(self, history: History) -> None:
        """Take the checkpoints of `history`; a text on show is classified again by a newer one, once."""
        self._history = history
        step = self._step
        name = f"{self._which} @{step}" if step is not None else "no checkpoint yet"
        if self._shown is not None and self._shown.text in probes.read(self._run):
            name += " · pinned"
        if name != self._named:  # a title that is set is drawn, though it be the same
            self._named = name
            self.border_title = Content(f"try it · {name}")
        if history.plan is not None:
            self.query_one(Scores).expect(len(history.plan.labels))
            self.query_one(TextInput).placeholder = _TWO if history.plan.pairs else _ONE
        shown = self._shown
        if shown is None:
            self.query_one(Scores).tell(self._hint(), "dim")
        elif step is not None and (shown.which, shown.step) != (self._which, step):
            self._ask(shown.text)

    def focus_input(self) -> None:
        """Put the cursor into the input line, at once: the next key may have been typed already."""
        self.screen.set_focus(self.query_one(Input))

    @property
    def is_typing(self) -> bool:
        """Whether the cursor is in the input line."""
        return self.query_one(Input).has_focus

    @property
    def _step(self) -> int | None:
        """The step of the checkpoint that answers now. Without a best one, the last does."""
        checkpoints = self._history.checkpoints
        best = self._history.best_checkpoint if self._which == "best" else None
        found = best or (checkpoints[-1] if checkpoints else None)
        return found.step if found else None

    def _hint(self) -> str:
        if self._step is not None:
            return "Enter classifies, ↑ recalls, ctrl+t switches between the best and the last checkpoint"
        if self._history.plan is None:
            return "texts can be tried as soon as there is a checkpoint"
        return f"the first checkpoint comes at step {self._history.plan.eval_steps}"

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            return
        event.input.action_select_all()  # what is typed next takes its place
        self._ask(event.value)

    def _ask(self, text: str) -> None:
        step = self._step
        if step is None:
            self.query_one(Scores).tell(f"There is no checkpoint yet: {self._hint()}.", "$warning")
            return
        if self._shown is None:
            self.query_one(Scores).tell("classifying… the first text waits until the model is loaded", "dim")
        if self._shown is None or self._shown.text != text:
            self._stop_explaining()
        self._shown = Question(text, self._which, step)
        self._recalled = -1
        self.border_subtitle = Content("classifying…")
        # The same text put to a newer checkpoint needs no older answer; other texts get theirs in turn.
        self.run_worker(self._classify(self._shown), group=f"predict {text}", exclusive=True)

    async def _classify(self, question: Question) -> None:
        request = Predict(str(self._run), [question.text], question.which)
        try:
            answer = await self._engine.ask(request)
        except (Problem, EngineFault) as error:
            self.border_subtitle = None
            self.query_one(Scores).tell(plain(str(error)), "$error")
            return
        self._present(question, answer)

    def _present(self, question: Question, answer: Predictions) -> None:
        item = answer.items[0]
        trial = TriedText(
            text=question.text,
            which=answer.which,
            step=answer.step,
            labels=answer.labels,
            probabilities=item.probabilities,
            thresholds=answer.thresholds,
        )
        thresholds = dict(zip(answer.labels, answer.thresholds, strict=True)) if answer.thresholds else None
        self.query_one(Scores).show(trial.ranked, thresholds)
        self.query_one("#scores-scroll").scroll_home(animate=False)
        self.query_one(Unread).show(question.text, item.unread)
        self.border_subtitle = _reading(item, answer)
        self._remember(trial)
        try:
            tried_texts.append(self._run, trial)
        except OSError as error:
            self.border_subtitle = Content.styled(f"not kept in the run: {error.strerror}", "bold $warning")

    def _remember(self, trial: TriedText) -> None:
        """Put `trial` above the others; of a text that is tried again and again the newest answer stands."""
        if self._trials and self._trials[0].text == trial.text:
            self._trials[0] = trial
        else:
            self._trials.insert(0, trial)
        self.query_one(Tried).show(self._trials)

    @on(TextInput.Recalled)
    def _recall(self, event: TextInput.Recalled) -> None:
        """Put an earlier or later text into the input line."""
        event.stop()
        self._stop_explaining()
        field = self.query_one(Input)
        self._recalled = min(max(-1, self._recalled + event.direction), len(self._trials) - 1)
        field.value = self._trials[self._recalled].text if self._recalled >= 0 else ""
        field.cursor_position = len(field.value)

    def action_switch(self) -> None:
        """Switch between the best and the last checkpoint."""
        self._which = "last" if self._which == "best" else "best"
        self.show(self._history)

    def action_explain(self) -> None:
        """Show what the words of the text contribute to its label; then to the next one."""
        text = self._text
        if text is None:
            self._say_what_is_missing()
            return
        if self._shown is None or self._shown.text != text:
            self._ask(text)
        if self._shown is not None and self._shown.text == text:
            self.add_class("-why")
            self.query_one(Why).ask(text, self._shown.which)

    def _stop_explaining(self) -> None:
        self.remove_class("-why")
        self.query_one(Why).forget()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which actions make sense now."""
        return action != "pin" or not self.screen.has_class(READ_ONLY)

    def action_pin(self) -> None:
        """Have the text classified at every checkpoint, or no longer."""
        text = self._text
        if text is None:
            self._say_what_is_missing()
            return
        change = probes.unpin if text in probes.read(self._run) else probes.pin
        try:
            change(self._run, [text])
        except Problem as problem:
            self.border_subtitle = Content.styled(plain(str(problem)), "bold $warning")
            return
        told = "pinned: the view probes (escape, 7) shows its curve" if change is probes.pin else "unpinned"
        self.border_subtitle = Content(told)
        self.show(self._history)
        self.post_message(PinsChanged())

    @property
    def _text(self) -> str | None:
        """The text that a key is about: that in the input line, else that on show."""
        typed = self.query_one(Input).value
        if typed.strip():
            return typed
        return self._shown.text if self._shown else None

    def _say_what_is_missing(self) -> None:
        self.query_one(Scores).tell("Type a text first.", "$warning")

    def action_scroll_scores(self, direction: int) -> None:
        """Scroll through the labels, or through the explanation."""
        scroll = self.query_one("#why" if self.has_class("-why") else "#scores-scroll")
        scroll.scroll_relative(y=direction * max(1, scroll.size.height), animate=False)

    def action_leave(self) -> None:
        """Give the keys back to the screen."""
        self.screen.set_focus(None)


def _reading(item: Prediction, answer: Predictions) -> Content:
    """How much was read, and how long it took."""
    other_step = fitted_at_other_step(
        answer.fitted_at, answer.step, is_multi_label=answer.thresholds is not None
    )
    rest = "".join(f" · {part}" for part in (f"{answer.milliseconds:.0f} ms", other_step) if part)
    if item.truncated:
        return Content.assemble((not_read(item), "bold $warning"), rest)
    return Content(f"{item.tokens} tokens{rest}")
