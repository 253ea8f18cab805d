"""PredictPanel: classifies typed texts with the best or the last checkpoint while training continues."""

from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label

from core.problems import Problem
from core.protocol import Predict, Prediction, Predictions
from core.runs import probes, tried_texts
from core.runs.history import History
from core.runs.tried_texts import TriedText
from core.text.format import counted
from core.text.plain import plain
from tui.engine.client import EngineFault
from tui.widgets.answering import Answerer
from tui.widgets.predict.answers import NotRead, Scores, TriedTexts
from tui.widgets.predict.checkpoint_choice import CheckpointChoice, Which
from tui.widgets.predict.explanation import ExplanationView
from tui.widgets.predict.probes import PinsChanged
from tui.widgets.predict.text_input import TextInput
from tui.widgets.screen_frame import READ_ONLY
from tui.wording.prediction import fitted_at_other_step, not_read


class Question(NamedTuple):
    """A text and the checkpoint that classifies it."""

    text: str
    which: Which
    step: int


class PredictPanel(Vertical):
    """An input line, the answer, and the texts tried before.

    Args:
        run: the run directory.
        engine: classifies and explains texts.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "switch", "best/last checkpoint"),
        Binding(
            "ctrl+y",
            "explain",
            "why",
            tooltip="explain this label by words (⁺ for it, ⁻ against it); again: the next",
        ),
        Binding("ctrl+n", "pin", "pin", tooltip="pin or unpin the text as a probe"),
        Binding("pageup", "scroll_scores(-1)", "scroll labels up", show=False),
        Binding("pagedown", "scroll_scores(1)", "scroll labels down", show=False),
        Binding("escape", "leave", "leave the input"),
    ]

    def __init__(self, run: Path, engine: Answerer, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run = run
        self._engine = engine
        self._checkpoint = CheckpointChoice()
        self._named = ""
        self._shown: Question | None = None

    def compose(self) -> ComposeResult:
        """The input line, the answer, earlier answers or an explanation."""
        with Horizontal(id="typing"):
            yield Label("› ", markup=False)
            yield TextInput()
        with VerticalScroll(id="scores-scroll"):
            yield Scores()
        yield NotRead()
        with VerticalScroll(id="tried-scroll"):
            yield TriedTexts()
        yield ExplanationView(self._run, self._engine, id="why")

    def on_mount(self) -> None:
        """Show the texts tried before."""
        for answered in tried_texts.read(self._run):
            self._remember(answered)
        self.show(self._checkpoint.history)

    def show(self, history: History) -> None:
        """Use the checkpoints of `history`; classify the text on show again, once, with a newer one."""
        checkpoint = self._checkpoint
        checkpoint.history = history
        name = checkpoint.name
        if self._shown is not None and self._shown.text in probes.read(self._run):
            name += " · pinned"
        if name != self._named:  # setting a title redraws the border, even when the title is the same
            self._named = name
            self.border_title = Content(f"try it · {name}")
        if history.plan is not None:
            self.query_one(Scores).expect(len(history.plan.labels))
            self.query_one(TextInput).expect(pairs=history.plan.pairs)
        shown, step = self._shown, checkpoint.step
        if shown is None:
            self.query_one(Scores).show_message(checkpoint.hint, "dim")
        elif step is not None and (shown.which, shown.step) != (checkpoint.which, step):
            self._ask(shown.text)

    def focus_input(self) -> None:
        """Put the cursor into the input line now: the next key may be waiting already."""
        self.screen.set_focus(self.query_one(Input))

    @property
    def is_typing(self) -> bool:
        """Whether the cursor is in the input line."""
        return self.query_one(Input).has_focus

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            return
        event.input.action_select_all()  # typing replaces it
        self._ask(event.value)

    def _ask(self, text: str) -> None:
        checkpoint = self._checkpoint
        if checkpoint.step is None:
            self.query_one(Scores).show_message(f"there is no checkpoint yet: {checkpoint.hint}", "$warning")
            return
        if self._shown is None:
            self.query_one(Scores).show_message(
                "classifying… the first text waits for the model to load", "dim"
            )
        if self._shown is None or self._shown.text != text:
            self._stop_explaining()
        self._shown = Question(text, checkpoint.which, checkpoint.step)
        self.query_one(TextInput).restart_recall()
        self.border_subtitle = Content("classifying…")
        # A newer checkpoint replaces a pending answer for the same text; other texts keep theirs.
        self.run_worker(self._classify(self._shown), group=f"predict {text}", exclusive=True)

    async def _classify(self, question: Question) -> None:
        request = Predict(str(self._run), [question.text], question.which)
        try:
            answer = await self._engine.ask(request)
        except (Problem, EngineFault) as error:
            self.border_subtitle = None
            self.query_one(Scores).show_message(plain(str(error)), "$error")
            return
        self._present(question, answer)

    def _present(self, question: Question, answer: Predictions) -> None:
        item = answer.items[0]
        answered = TriedText(
            text=question.text,
            which=answer.which,
            step=answer.step,
            labels=answer.labels,
            probabilities=item.probabilities,
            thresholds=answer.thresholds,
        )
        thresholds = dict(zip(answer.labels, answer.thresholds, strict=True)) if answer.thresholds else None
        self.query_one(Scores).show(answered.ranked, thresholds)
        self.query_one("#scores-scroll").scroll_home(animate=False)
        self.query_one(NotRead).show(question.text, item.unread)
        self.border_subtitle = _reading(item, answer)
        self._remember(answered)
        try:
            tried_texts.append(self._run, answered)
        except OSError as error:
            self.border_subtitle = Content.styled(f"not saved: {error.strerror}", "bold $warning")

    def _remember(self, answered: TriedText) -> None:
        tried = self.query_one(TriedTexts)
        tried.add(answered)
        self.query_one(TextInput).earlier = tried.texts

    @on(TextInput.Recalled)
    def _recalled(self, event: TextInput.Recalled) -> None:
        event.stop()
        self._stop_explaining()

    def action_switch(self) -> None:
        """Switch between the best and the last checkpoint."""
        self._checkpoint.switch()
        self.show(self._checkpoint.history)

    def action_explain(self) -> None:
        """Explain the label of the text; asked again, the next label."""
        text = self._text
        if text is None:
            self._ask_for_text()
            return
        if self._shown is None or self._shown.text != text:
            self._ask(text)
        if self._shown is not None and self._shown.text == text:
            self.add_class("-why")
            self.query_one(ExplanationView).ask(text, self._shown.which)

    def _stop_explaining(self) -> None:
        self.remove_class("-why")
        self.query_one(ExplanationView).forget()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible now."""
        return action != "pin" or not self.screen.has_class(READ_ONLY)

    def action_pin(self) -> None:
        """Pin the text, to be classified at every checkpoint, or unpin it."""
        text = self._text
        if text is None:
            self._ask_for_text()
            return
        change = probes.unpin if text in probes.read(self._run) else probes.pin
        try:
            change(self._run, [text])
        except Problem as problem:
            self.border_subtitle = Content.styled(plain(str(problem)), "bold $warning")
            return
        pinned = "pinned: the probes view (escape, 7) shows its curve"
        self.border_subtitle = Content(pinned if change is probes.pin else "unpinned")
        self.show(self._checkpoint.history)
        self.post_message(PinsChanged())

    @property
    def _text(self) -> str | None:
        """The text in the input line, else the one on show."""
        typed = self.query_one(Input).value
        if typed.strip():
            return typed
        return self._shown.text if self._shown else None

    def _ask_for_text(self) -> None:
        self.query_one(Scores).show_message("type a text first", "$warning")

    def action_scroll_scores(self, direction: int) -> None:
        """Scroll the labels, or the explanation."""
        scroll = self.query_one("#why" if self.has_class("-why") else "#scores-scroll")
        scroll.scroll_relative(y=direction * max(1, scroll.size.height), animate=False)

    def action_leave(self) -> None:
        """Give the keys back to the screen."""
        self.screen.set_focus(None)


def _reading(item: Prediction, answer: Predictions) -> Content:
    """Tokens read, time, and a remark on thresholds or temperature of another step."""
    other_step = fitted_at_other_step(
        answer.fitted_at, answer.step, is_multi_label=answer.thresholds is not None
    )
    rest = "".join(f" · {part}" for part in (f"{answer.milliseconds:.0f} ms", other_step) if part)
    if item.truncated:
        return Content.assemble((not_read(item), "bold $warning"), rest)
    return Content(counted(item.tokens, "token") + rest)
