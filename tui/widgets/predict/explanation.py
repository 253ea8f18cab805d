"""ExplanationView: explains the label of a text by the contribution of each word."""

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.problems import Problem
from core.protocol import Explain, Explanation
from core.runs.checkpoints import Which
from core.text.plain import plain
from tui.engine.client import EngineFault
from tui.widgets.answering import Answerer
from tui.wording.explanation import heading, pieces, summary

_STYLES = {-2: "bold underline $warning", -1: "$warning", 0: "", 1: "$primary", 2: "bold underline $primary"}


class ExplanationView(VerticalScroll, can_focus=False):
    """Explains the predicted label of a text; asked again for the same text, its next label.

    Args:
        run: the run directory.
        engine: computes explanations.
    """

    def __init__(self, run: Path, engine: Answerer, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run = run
        self._engine = engine
        self._asked = ("", "")
        self._found: Explanation | None = None

    def compose(self) -> ComposeResult:
        """The explanation."""
        yield Static()

    def ask(self, text: str, which: Which) -> None:
        """Explain the predicted label of `text`, or the label after the one on show."""
        found, label = self._found, None
        if found is not None and self._asked == (text, which):
            label = found.labels[(found.labels.index(found.label) + 1) % len(found.labels)]
        self._asked, self._found = (text, which), None
        self._show_message(f"explaining {plain(label)}…" if label else "explaining…", "dim")
        request = Explain(str(self._run), text, which, label)
        self.run_worker(self._explain(request), group="explain", exclusive=True)

    def forget(self) -> None:
        """Cancel the computation: another text is on show."""
        self._found = None
        self.workers.cancel_group(self, "explain")

    async def _explain(self, request: Explain) -> None:
        try:
            found = await self._engine.ask(request)
        except (Problem, EngineFault) as error:
            self._show_message(plain(str(error)), "$error")
            return
        self._found = found
        self.query_one(Static).update(explanation(request.text, found))
        self.scroll_home(animate=False)

    def _show_message(self, sentence: str, style: str) -> None:
        self.query_one(Static).update(Content.styled(sentence, style))


def explanation(text: str, found: Explanation) -> Content:
    """Heading, strongest words, and the text with each word styled by its contribution."""
    return Content("\n").join(
        [
            Content.styled(f"{heading(found)} · {found.seconds:.1f} s", "dim"),
            Content(summary(text, found)),
            Content.assemble(
                *(
                    (piece.text, _STYLES[piece.strength] if piece.is_read else "dim strike")
                    for piece in pieces(text, found)
                )
            ),
        ]
    )
