"""Messages and reports in the words of a Python caller.

The engine names files and command-line options. A caller from Python gave data in memory, whose file is
temporary, and settings in place of options.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from core.config import RunConfig
from core.problems import Problem, without_home

AnswerT = TypeVar("AnswerT", bound=msgspec.Struct)

_OPTION = re.compile(r"--([a-z][a-z-]*[a-z])")
# Options that are arguments of the public functions, or have another name than their setting.
_ARGUMENTS = {
    "runs-dir": "runs_dir",
    "name": "name",
    "device": "device",
    "model": "model",
    "validation": "validation=",
    "test": "test=",
}


@contextmanager
def in_words_of_python(sources: Mapping[str, str]) -> Iterator[None]:
    """Reword any `Problem` raised within.

    Args:
        sources: files of data from memory, with the names to use for them.

    Raises:
        Problem: was raised within. It names settings in place of options, and no temporary file.
    """
    try:
        yield
    except Problem as problem:
        what, where, mend = (
            _as_settings(_named(text, sources)) for text in (problem.what, problem.where, problem.mend)
        )
        raise Problem(what, where=where, mend=mend) from problem


def with_names(answer: AnswerT, sources: Mapping[str, str]) -> AnswerT:
    """Return a report in which data from memory have names in place of files."""
    if not sources:
        return answer
    return msgspec.json.decode(
        _named(msgspec.json.encode(answer).decode(), sources).encode(), type=type(answer)
    )


def _named(text: str, sources: Mapping[str, str]) -> str:
    for path, name in sources.items():
        for written in (path, without_home(path)):
            text = text.replace(written, name)
    return text


def _as_settings(text: str) -> str:
    return _OPTION.sub(lambda found: _setting(found[1]) or found[0], text.replace("--set ", ""))


def _setting(option: str) -> str | None:
    """Return the argument or setting of a command-line option: `data.drop_bad_rows`."""
    if option in _ARGUMENTS:
        return _ARGUMENTS[option]
    key = option.replace("-", "_")
    for section, field in RunConfig.model_fields.items():
        if key in getattr(field.annotation, "model_fields", {}):
            return f"{section}.{key}"
    return None
