"""The settings of a run in words: their help, and options of the command line as fields of the form."""

import re

from pydantic.fields import FieldInfo

from core.config import RunConfig

# Fields that most runs set, in the order of the form; columns are chosen in the preview.
COMMON = (
    "data.train",
    "data.validation",
    "data.test",
    "model.name",
    "model.max_length",
    "training.learning_rate",
    "training.train_batch_size",
    "training.max_steps",
    "training.epochs",
    "stopping.metric",
    "stopping.patience",
    "output.name",
)
PATHS = ("data.train", "data.validation", "data.test")
# Fields that open a list.
PICKED = (*PATHS, "model.name")
# Options of the command line that are not named like their field.
OPTIONS = {"model": "model.name", "no_early_stopping": "stopping.early_stopping"}
_OPTION = r"--(?P<option>[a-z][a-z-]*[a-z])"


def sections() -> list[tuple[str, list[tuple[str, FieldInfo]]]]:
    """The sections of a configuration with their fields."""
    return [
        (name, list(section.annotation.model_fields.items()))
        for name, section in RunConfig.model_fields.items()
        if section.annotation is not None
    ]


def help_text(path: str, default: str) -> str:
    """Docstring and default of a field, and the key of its list."""
    section, _, name = path.partition(".")
    field = dict(dict(sections())[section])[name]
    rest = f" Default: {default}." if default else ""
    if path in PICKED:
        action = "browses" if path in PATHS else "lists models and presets"
        rest += f" Enter or ctrl+o {action}."
    return f"{field.description or ''}{rest}"


def in_words_of_the_form(text: str) -> str:
    """`text` with the options of the command line replaced by the names of their fields."""
    paths = {name: f"{section}.{name}" for section, fields in sections() for name, _ in fields} | OPTIONS

    def name_of(option: str) -> str | None:
        path = paths.get(option.replace("-", "_"))
        if path is None:
            return None
        where = "" if path in COMMON else " (under more)"
        return path.replace(".", " › ").replace("_", " ") + where

    def assignment(found: re.Match[str]) -> str:
        name = name_of(found["option"])
        verb = "Set" if found[0][0].isupper() else "set"
        return found[0] if name is None else f"{verb} {name} to {found['value']}"

    text = re.sub(rf"\b[Uu]se {_OPTION} (?P<value>[a-z0-9][\w.-]*\b)(?=[.,;)]|$)", assignment, text)
    return re.sub(_OPTION, lambda found: name_of(found["option"]) or found[0], text)
