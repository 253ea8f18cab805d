"""Settings that a given model does not follow, because it has its own sizes and its own tokenizer."""

import json
from pathlib import Path
from typing import Any

from core.config import FROM_SCRATCH, ModelConfig, RunConfig
from core.models.catalog import ModelSource


def warn_of_unused_settings(config: RunConfig, source: ModelSource) -> list[str]:
    """Return a sentence for each section with settings that have no effect on the model of a run.

    Args:
        config: of the run.
        source: of its model.
    """
    if config.model.name in FROM_SCRATCH:
        return []
    own = _content(source)
    found = []
    for name in FROM_SCRATCH:
        is_this = own.get("model_type") == f"bertcls-{name}"
        section = getattr(config, name)
        default = type(section)()
        unused = [
            f"{name}.{key}"
            for key, value in section
            if value != getattr(default, key) and not (is_this and own.get(key) == value)
        ]
        why = "the model keeps its own sizes" if is_this else f"the model is {config.model.name}, not {name}"
        found += _sentence(unused, why)
    fields = ModelConfig.model_fields
    unused = [
        f"model.{key}"
        for key in ("vocabulary", "tokenizer")
        if getattr(config.model, key) != fields[key].default
    ]
    return found + _sentence(unused, "the model has its own tokenizer")


def _sentence(unused: list[str], why: str) -> list[str]:
    verb = "has" if len(unused) == 1 else "have"
    return [f"{', '.join(unused)} {verb} no effect: {why}."] if unused else []


def _content(source: ModelSource) -> dict[str, Any]:
    """The config.json of a folder; of a model on the Hub nothing is needed."""
    if not source.is_folder:
        return {}
    found = json.loads((Path(source.location) / "config.json").read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}
