"""Contract with typer: undocumented names that tui/verbs/command_line.py uses."""

import inspect
from typing import Annotated, Any

import pytest
import typer

from tui.verbs.command_line import VerbCommand, cli


def usage_error() -> typer.TyperException:
    with pytest.raises(typer.TyperException) as raised:
        cli(["no-such-verb"], standalone_mode=False)
    return raised.value


def test_the_message_of_a_usage_error_can_be_replaced_and_is_printed_by_show(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error: Any = usage_error()
    assert "no-such-verb" in getattr(error, "message", ""), "typer: a usage error has no `message` any more"
    assert getattr(error, "exit_code", None) == 2, "typer: a usage error has no `exit_code` 2 any more"
    assert callable(getattr(error, "show", None)), "typer: a usage error has no `show` any more"
    error.message = "another message"
    error.show()
    printed = capsys.readouterr().err
    assert "another message" in printed, "typer: `show` does not print `message` on standard error any more"
    assert "Usage: " in printed, "typer: `show` does not print the usage any more"


def test_a_verb_returns_its_exit_code_without_standalone_mode() -> None:
    program = typer.Typer()
    program.command()(lambda: 7)
    assert program([], standalone_mode=False) == 7, "typer: what a verb returns is not returned any more"


def test_the_signature_of_a_verb_can_be_set() -> None:
    """Option groups are expanded by setting `__signature__` and `__annotations__`."""
    given: dict[str, Any] = {}

    def called(**options: Any) -> None:
        given.update(options)

    parameter = inspect.Parameter("size", inspect.Parameter.KEYWORD_ONLY, default=1, annotation=int)
    made: Any = called
    made.__signature__ = inspect.Signature([parameter])
    made.__annotations__ = {"size": int}
    program = typer.Typer()
    program.command()(called)
    program(["--size", "3"], standalone_mode=False)
    assert given == {"size": 3}, "typer: options are not read from `__signature__` any more"


def test_the_help_of_a_verb_shows_arguments_without_types(capsys: pytest.CaptureFixture[str]) -> None:
    """`display_type_rich` of an argument is replaced by one that returns None."""
    program = typer.Typer(rich_markup_mode=None)

    @program.command(cls=VerbCommand)
    def called(texts: Annotated[list[str], typer.Argument(metavar="TEXT", help="Texts.")]) -> None: ...

    program(["--help"], standalone_mode=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["TEXT", "Texts.", "[required]"] in lines, "typer: `display_type_rich` is not asked any more"
