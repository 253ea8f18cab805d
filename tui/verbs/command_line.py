"""The command line, on typer: the program, its verbs, groups of options, usage errors.

What typer does not document stands in this file; tests/cli/test_typer.py checks each name.
"""

import functools
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar

import typer
from typer.core import TyperArgument, TyperCommand

from core.config import Values
from core.text.plain import plain
from tui.terminal import DONE, INTERRUPTED

Verb = TypeVar("Verb", bound=Callable[..., int])

cli = typer.Typer(
    name="bertcls-tui",
    help="Fine-tune BERT text classifiers in the terminal: train, watch, predict, compare.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class VerbCommand(TyperCommand):
    """A verb whose help lists arguments by name alone; typer would add types such as `<list[str]>`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for parameter in self.params:
            if isinstance(parameter, TyperArgument):
                private: Any = parameter  # its type is no part of the public interface
                private.display_type_rich = lambda ctx: None


def run_verb() -> int:
    """Parse the command line, run the verb, and return the exit code."""
    try:
        code = cli(standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except typer.TyperException as error:
        return show_usage_error(error)
    return code if isinstance(code, int) else DONE


def show_usage_error(error: typer.TyperException) -> int:
    """Print a usage error on standard error; return its exit code."""
    private: Any = error  # `show` belongs to a private subclass
    # The message repeats arguments, which may hold control characters.
    private.message = "\n".join(map(plain, error.message.split("\n")))
    private.show(sys.stderr)  # by default it writes UTF-8 where the encoding is ASCII
    return error.exit_code


@dataclass(frozen=True, kw_only=True)
class Options:
    """A group of options: each field is an option, and a setting of the same name in `section`."""

    section: ClassVar[str]

    @property
    def layer(self) -> Values:
        """The options that were given, as a layer for `build_config`."""
        return layer(self.section, **{field.name: getattr(self, field.name) for field in fields(self)})


def layer(section: str, **settings: Any) -> Values:
    """Settings of one section as a layer for `build_config`, without those that are None."""
    found = {name: value for name, value in settings.items() if value is not None}
    return {section: found} if found else {}


def verb(function: Verb) -> Verb:
    """Add `function` to the command line. A parameter of a type of `Options` stands for all its options."""
    parameters: list[inspect.Parameter] = []
    groups: dict[str, type[Options]] = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        kind = parameter.annotation
        if isinstance(kind, type) and issubclass(kind, Options):
            groups[parameter.name] = kind
            parameters += inspect.signature(kind, eval_str=True).parameters.values()
        else:
            parameters.append(parameter)

    @functools.wraps(function)
    def called(**given: Any) -> int:
        grouped = {
            name: kind(**{field.name: given.pop(field.name) for field in fields(kind)})
            for name, kind in groups.items()
        }
        return function(**given, **grouped)

    keywords = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
    shown: Any = called
    shown.__signature__ = inspect.Signature(keywords)
    shown.__annotations__ = {each.name: each.annotation for each in keywords}
    cli.command(cls=VerbCommand)(called)
    return function
