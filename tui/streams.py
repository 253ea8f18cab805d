"""Standard output and standard error on which printing never fails.

Characters that the encoding lacks are replaced. What cannot be written is lost, and `report_loss` says so.
"""

import codecs
import io
import locale
import os
import select
import sys
from typing import TYPE_CHECKING

from tui.terminal import FAILED, STDERR, STDIN, STDOUT, has_escape_codes, has_utf8, report_error

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Name of the error handler for characters that an encoding lacks.
_REPLACE = "bertcls-tui"


class _File(io.RawIOBase):
    """The file of a standard stream. Writing never fails.

    Args:
        descriptor: of the open file.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.loss: OSError | None = None
        """Why something that was written is lost."""

    def writable(self) -> bool:
        """Whether it is for writing."""
        return True

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal that understands escape codes."""
        return os.isatty(self._descriptor) and has_escape_codes()

    def write(self, content: "ReadableBuffer", /) -> int:
        """Write, or lose what cannot be written."""
        while True:
            try:
                return os.write(self._descriptor, content)
            except BlockingIOError:  # another program has made the terminal or pipe non-blocking
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.loss = error
                return memoryview(content).nbytes


_output: _File | None = None


def open_streams() -> None:
    """Replace standard output and standard error by streams on which printing never fails."""
    global _output
    _occupy_closed_descriptors()
    codecs.register_error(_REPLACE, _replaced)
    _output = _File(STDOUT)
    for name, file in (("stdout", _output), ("stderr", _File(STDERR))):
        before: io.TextIOWrapper | None = getattr(sys, name)
        encoding = "utf-8" if before is None else before.encoding
        if os.isatty(file.fileno()) and not has_utf8():
            encoding = locale.getencoding()  # without a locale, Python assumes UTF-8
        stream = io.TextIOWrapper(io.BufferedWriter(file), encoding, _REPLACE, line_buffering=True)
        for each in (name, f"__{name}__"):
            setattr(sys, each, stream)


def report_loss(consequence: str = "") -> bool:
    """Say on standard error, once, that something printed on standard output was lost.

    A reader that closes a pipe, as `head` does, has read what it wanted: only a consequence is worth a word.

    Args:
        consequence: a sentence about what happens now.

    Returns:
        Whether anything was lost since the last call that a reader wanted.
    """
    if _output is None:
        return False
    sys.stdout.flush()
    loss, _output.loss = _output.loss, None
    is_wanted = loss is not None and not isinstance(loss, BrokenPipeError)
    if loss is not None and (is_wanted or consequence):
        report_error(f"Output is lost ({loss.strerror}). {consequence}".rstrip(), FAILED)
    return is_wanted


def forgive_loss(code: int) -> int:
    """Report a loss and return `code` in spite of it: the exit code of a verb that does more than print."""
    report_loss()
    return code


def _occupy_closed_descriptors() -> None:
    """Keep the next file that is opened from becoming a standard stream."""
    for descriptor in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest free descriptor, which is this one


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """ASCII for characters to draw with, and a backslash and the code for others."""
    from tui.glyphs import ascii_glyph

    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(ascii_glyph(each) or _escape(each) for each in lacking), error.end


def _escape(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode()
