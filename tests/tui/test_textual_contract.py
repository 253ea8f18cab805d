"""Textual still does what `tui/drawing.py` relies on without a promise."""

import asyncio
import codecs
import inspect
import io
import sys

import pytest
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from tui.drawing import prepare_screen


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def prepare_latin1(monkeypatch: pytest.MonkeyPatch) -> str:
    """Prepare a terminal whose encoding lacks most characters."""
    terminal = _Terminal(io.BytesIO(), "latin-1")
    for name in ("stderr", "__stderr__"):
        monkeypatch.setattr(sys, name, terminal)
    monkeypatch.setattr(linux_driver, "getincrementaldecoder", codecs.getincrementaldecoder)
    return prepare_screen()


def test_the_driver_draws_on_the_standard_error_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "latin-1" in prepare_latin1(monkeypatch)

    async def drawn_on() -> object:
        return vars(LinuxDriver(App[None]())).get("_file")

    assert asyncio.run(drawn_on()) is sys.__stderr__, (
        "LinuxDriver no longer draws on `sys.__stderr__`: change `prepare_screen`, or terminals without "
        "UTF-8 get characters that they lack"
    )
    assert sys.__stderr__ is not sys.stderr


def test_the_driver_decodes_keys_with_the_name_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_latin1(monkeypatch)
    assert vars(linux_driver)["getincrementaldecoder"]("utf-8")().decode(b"caf\xe9") == "caf\xe9"
    assert "getincrementaldecoder(" in inspect.getsource(LinuxDriver.run_input_thread), (
        "LinuxDriver no longer decodes keys with `linux_driver.getincrementaldecoder`: change "
        "`prepare_screen`, or a byte that is not UTF-8 ends the app"
    )
