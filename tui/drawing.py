"""The terminal under the screens: what Textual draws on, and how it reads keys.

What Textual does not document stands in this file: its driver draws on `sys.__stderr__` and decodes keys with
`getincrementaldecoder`. tests/tui/test_textual_contract.py says so where an upgrade changes either.
"""

import codecs
import io
import sys
from functools import partial
from typing import BinaryIO

from textual.drivers import linux_driver

from tui.glyphs import AsciiGlyphs
from tui.terminal import is_utf8

_LOCALE = "LC_ALL=C.UTF-8"


class _AsciiScreen(io.TextIOWrapper):
    """Draws in ASCII. Texts keep the characters that the encoding has."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        super().__init__(file, encoding, errors="replace")
        self._glyphs = AsciiGlyphs(encoding)

    def write(self, text: str, /) -> int:
        """Write with characters replaced that the terminal lacks."""
        return super().write(self._glyphs.replace(text))


def prepare_screen() -> str:
    """Let Textual use the terminal.

    Returns:
        Why screens are drawn in ASCII and how to get all characters; empty if the terminal has UTF-8.
    """
    # Standard error may be a file, and standard output is a terminal wherever a screen is opened.
    terminal = sys.stderr if sys.stderr.isatty() else sys.stdout
    encoding = terminal.encoding
    has_all = is_utf8(encoding)
    vars(sys)["__stderr__"] = terminal if has_all else _AsciiScreen(terminal.buffer, encoding)
    # Bytes that are not in the encoding would end the app. ASCII has none that a person might type.
    typed = "utf-8" if codecs.lookup(encoding).name == "ascii" else encoding
    decoder = partial(codecs.getincrementaldecoder(typed), "replace")
    vars(linux_driver)["getincrementaldecoder"] = lambda _: decoder
    return (
        ""
        if has_all
        else f"The locale has no UTF-8 ({encoding}). With {_LOCALE}, screens have all characters."
    )
