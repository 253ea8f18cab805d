"""Configurations from TOML files and options, merged in layers and validated."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.config.mistakes import describe_mistakes, setting_of
from core.config.settings import RunConfig
from core.problems import Problem, without_home

Values = dict[str, dict[str, Any]]
"""A layer: some settings, by section and key."""

RUN = "{run}/"
"""Start of the paths of data that lie in the directory of the run that a configuration belongs to."""


def build_config(*layers: Values) -> RunConfig:
    """Merge layers, later ones winning, and validate the result.

    Raises:
        Problem: an unknown section or setting, or an invalid value. Names all of them.
    """
    merged = merge(*layers)
    for section, values in merged.items():
        for key, value in values.items():
            _check_encodable(f"{section}.{key}", value)
    try:
        return RunConfig.model_validate(merged)
    except ValidationError as error:
        raise _problem(error) from None


def merge(*layers: Values) -> Values:
    """Merge layers, later ones winning.

    A layer that sets one of `max_steps` and `epochs` removes the other from the layers below it.

    Raises:
        Problem: a section is not a table.
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
    """Read a TOML file as one layer.

    Data that lie in the directory of a run, beside its configuration, are found wherever it has been moved.

    Raises:
        Problem: the file is missing, unreadable or not TOML.
    """
    try:
        return _with_own_data(tomllib.loads(path.read_text(encoding="utf-8")), path.absolute().parent)
    except FileNotFoundError:
        raise Problem("no such configuration file", where=str(path)) from None
    except OSError as error:
        raise Problem(f"cannot read the configuration file ({error.strerror})", where=str(path)) from None
    except (ValueError, RecursionError) as error:
        raise Problem(f"invalid TOML ({error})", where=str(path)) from None


def _with_own_data(values: Values, folder: Path) -> Values:
    """Replace RUN at the start of paths of data by `folder`, the directory of the configuration."""
    section = values.get("data")
    if not isinstance(section, dict):
        return values
    own = {
        split: without_home(str(folder / name.removeprefix(RUN)))
        for split in ("train", "validation", "test")
        if isinstance(name := section.get(split), str) and name.startswith(RUN)
    }
    return values | {"data": section | own}


def parse_setting(setting: str) -> Values:
    """Parse `section.key=value` as one layer. The value is parsed as TOML, or else kept as a string.

    Raises:
        Problem: the section, key or value is missing.
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


def _check_encodable(where: str, value: Any) -> None:
    """Reject strings that cannot be written. Arguments that are not UTF-8 arrive as lone surrogates."""
    texts = [*value, *value.values()] if isinstance(value, dict) else value
    for text in texts if isinstance(texts, list) else [texts]:
        try:
            if isinstance(text, str):
                text.encode()
        except UnicodeEncodeError:
            raise Problem(
                f"{where} is not UTF-8: {text!r}",
                where="configuration",
                mend="If this is a file name, rename the file.",
            ) from None


def _known_sections() -> str:
    return "The sections are " + ", ".join(RunConfig.model_fields) + "."


def _problem(error: ValidationError) -> Problem:
    details, mend = dict[str, str](), ""
    mistakes = describe_mistakes(error)
    for item in error.errors():
        where = setting_of(item)
        if item["type"] == "extra_forbidden":
            kind = "setting" if len(item["loc"]) > 1 else "section"
            details[where] = f"{where} is not a {kind}"
            mend = _known_keys(item["loc"])
        else:
            given = "" if isinstance(item["input"], dict) else f" (got {item['input']!r})"
            details[where] = f"{where}: {mistakes[where]}{given}"
    return Problem("; ".join(details.values()), where="configuration", mend=mend)


def _known_keys(location: tuple[int | str, ...]) -> str:
    field = RunConfig.model_fields.get(str(location[0]))
    if len(location) < 2 or field is None or field.annotation is None:
        return _known_sections()
    return f"Settings of {location[0]} are " + ", ".join(field.annotation.model_fields) + "."
