"""Options that several verbs share: a group of them is declared once, and a verb takes it as one argument."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar

from core.config import Values
from tui.verbs.options import cli

Verb = TypeVar("Verb", bound=Callable[..., int])


@dataclass(frozen=True, kw_only=True)
class Options:
    """A group: each field is an option of the command line, and a setting of the section by the same name."""

    section: ClassVar[str]

    @property
    def layer(self) -> Values:
        """What was given, as a layer for `build_config`."""
        return layer(self.section, **{field.name: getattr(self, field.name) for field in fields(self)})


def layer(section: str, **settings: Any) -> Values:
    """What was given of some settings of a section, as a layer for `build_config`; None was not given."""
    found = {name: value for name, value in settings.items() if value is not None}
    return {section: found} if found else {}


def verb(function: Verb) -> Verb:
    """Add `function` to the command line; an argument that is a group of options stands for all of them."""
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

    in_one_order = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
    shown: Any = called
    shown.__signature__ = inspect.Signature(in_one_order)
    shown.__annotations__ = {each.name: each.annotation for each in in_one_order}
    cli.command()(called)
    return function
