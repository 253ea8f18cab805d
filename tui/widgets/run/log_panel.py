"""LogPanel: the end of the trainer's log."""

from textual.geometry import Size
from textual.widgets import Log

from core.text.plain import plain
from tui.following.run import LOG_LINES, LogTail


class LogPanel(Log):
    """Shows the lines that a `LogTail` has read."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(max_lines=LOG_LINES, id=id)
        self._written = 0
        self.border_title = "trainer.log"
        self.border_subtitle = "empty so far"

    def show(self, tail: LogTail) -> None:
        """Add the new lines of `tail`."""
        new = min(tail.count - self._written, len(tail.lines))
        self._written = tail.count
        if new:
            self.border_subtitle = ""
            # Keep the position of someone who scrolled up to read.
            follows = self.is_vertical_scroll_end
            lines = list(tail.lines)[-new:]
            self.write("".join(plain(line) + "\n" for line in lines), scroll_end=False)
            # Lines dropped at the top have moved all others.
            self.virtual_size = Size(self.virtual_size.width, self.line_count)
            self.refresh()
            if follows:
                self.scroll_end(animate=False, immediate=True, x_axis=False)
