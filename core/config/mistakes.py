"""Invalid settings in plain words, for messages of the command line and the fields of a form."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

# By kind of error of pydantic. The names in braces are in the context of the error.
_WORDS = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "string_too_short": "at least {min_length} character long",
    "string_pattern_mismatch": "of the form {pattern}",
    "list_type": "a list",
    "literal_error": "{expected}",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
}


def describe_mistakes(error: ValidationError) -> dict[str, str]:
    """Return what is wrong with each setting, or with a section as a whole.

    The keys are `section.key` or `section`. Errors inside a list belong to its setting. A setting that may
    be of several types has one error for each of them, which are joined.
    """
    found: dict[str, str] = {}
    for item in error.errors():
        setting, sentence = setting_of(item), _describe(item)
        if setting not in found:
            found[setting] = sentence
        elif sentence not in found[setting]:
            is_in_list = isinstance(item["loc"][-1], int)
            joined = "and" if is_in_list else "or"
            found[setting] += f" {joined} {sentence.removeprefix('must be ')}"
    return found


def setting_of(item: ErrorDetails) -> str:
    """Return `section.key` or `section` of an error."""
    return ".".join(map(str, item["loc"][:2]))


def _describe(item: ErrorDetails) -> str:
    words = _WORDS.get(item["type"])
    if words is None:
        return item["msg"].removeprefix("Value error, ")
    context = {name: _shown(value) for name, value in item.get("ctx", {}).items()}
    return f"must be {words.format(**context)}"


def _shown(value: Any) -> str:
    is_whole = isinstance(value, int | float) and value == int(value)
    return f"{int(value):,}" if is_whole else str(value)
