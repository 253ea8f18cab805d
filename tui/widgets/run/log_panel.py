"""LogPanel: the end of the trainer's log."""

from textual.geometry import Size
from textual.widgets import Log

from core.text.plain import plain
from tui.following.run import LOG_LINES, LogTail


class LogPanel(Log):
    """Shows what a `LogTail` has read; it keeps the last lines only."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(max_lines=LOG_LINES, id=id)
        self._written = 0
        self.border_title = "trainer.log"
        self.border_subtitle = "nothing was written to it so far"

    def show(self, tail: LogTail) -> None:
        """Write the lines that are not here yet."""
        new = min(tail.count - self._written, len(tail.lines))
        self._written = tail.count
        if new:
            self.border_subtitle = ""
            # Someone who has scrolled up to read stays there.
            follows = self.is_vertical_scroll_end
            lines = list(tail.lines)[-new:]
            self.write("".join(plain(line) + "\n" for line in lines), scroll_end=False)
            # What was dropped at the top has moved every other line.
            self.virtual_size = Size(self.virtual_size.width, self.line_count)
            self.refresh()
            if follows:
                self.scroll_end(animate=False, immediate=True, x_axis=False)
