"""build_config: partial configurations, from TOML files and options, laid over each other and checked."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.config.run import RunConfig
from core.problems import Problem

Values = dict[str, dict[str, Any]]


def build_config(*layers: Values) -> RunConfig:
    """Lay partial configurations over each other, later ones winning, and check the result.

    Raises:
        Problem: a section or key that does not exist, or a value that is not allowed; all are named.
    """
    merged = merge(*layers)
    for section, values in merged.items():
        for key, value in values.items():
            _check_text(f"{section}.{key}", value)
    try:
        return RunConfig.model_validate(merged)
    except ValidationError as error:
        raise _problem(error) from None


def merge(*layers: Values) -> Values:
    """Lay partial configurations over each other, later ones winning.

    A layer that sets one of `max_steps` and `epochs` takes the other away from the layers below it.

    Raises:
        Problem: what should be a section is none.
    """
    merged: Values = {}
    for layer in layers:
        for section, values in layer.items():
            target = merged.setdefault(section, {})
            if not isinstance(values, dict):
                raise Problem(f"{section!r} is not a section", where="configuration", mend=_known_sections())
            if section == "training":
                given = {key for key in ("max_steps", "epochs") if values.get(key) is not None}
                if len(given) == 1:
                    target.pop("epochs" if "max_steps" in given else "max_steps", None)
            target.update(values)
    return merged


def read_config(path: Path) -> Values:
    """Read a TOML configuration file as one layer for `build_config`.

    Raises:
        Problem: the file is missing, unreadable or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem("there is no such configuration file", where=str(path)) from None
    except OSError as error:
        raise Problem(f"it cannot be read ({error.strerror})", where=str(path)) from None
    except (ValueError, RecursionError) as error:
        raise Problem(f"this is not valid TOML ({error})", where=str(path)) from None


def parse_setting(setting: str) -> Values:
    """One `section.key=value` as a layer for `build_config`. The value is read as TOML, else taken as text.

    Raises:
        Problem: the setting has no section, key or value.
    """
    path, separator, raw = setting.partition("=")
    section, dot, key = path.strip().partition(".")
    if not (separator and dot and section and key):
        raise Problem(
            f"{setting!r} is not a setting",
            where="--set",
            mend="Write section.key=value, for example training.warmup=0.1.",
        )
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except (ValueError, RecursionError):
        value = raw.strip()
    return {section: {key: value}}


def _check_text(where: str, value: Any) -> None:
    """Make sure that text can be written down; arguments that are not UTF-8 come as lone surrogates."""
    for text in value if isinstance(value, list) else [value]:
        try:
            if isinstance(text, str):
                text.encode()
        except UnicodeEncodeError:
            raise Problem(
                f"{where} is not UTF-8 (it is {text!r})",
                where="configuration",
                mend="If it is the name of a file, rename that.",
            ) from None


def _known_sections() -> str:
    return "The sections are " + ", ".join(RunConfig.model_fields) + "."


def _problem(error: ValidationError) -> Problem:
    details, mend = [], ""
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            kind = "setting" if len(item["loc"]) > 1 else "section"
            details.append(f"{where} is not a {kind}")
            mend = _known_keys(item["loc"])
        else:
            given = "" if isinstance(item["input"], dict) else f" (it is {item['input']!r})"
            details.append(f"{where}: {item['msg'].removeprefix('Value error, ')}{given}")
    return Problem("; ".join(details), where="configuration", mend=mend)


def _known_keys(location: tuple[int | str, ...]) -> str:
    field = RunConfig.model_fields.get(str(location[0]))
    if len(location) < 2 or field is None or field.annotation is None:
        return _known_sections()
    return f"Settings of {location[0]} are " + ", ".join(field.annotation.model_fields) + "."
