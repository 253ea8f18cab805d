"""The members of an experiment: from models, seeds and common settings to complete runs."""

import tomllib
from pathlib import Path
from typing import Any

from core.config import RunConfig, Values, build_config
from core.config.presets import model_layer
from core.experiments.directory import Member
from core.models.catalog import resolve
from core.problems import Problem
from core.runs.start import words_of

FIRST_SEED = 42


def make_members(models: list[str], seeds: int, common: list[Values]) -> list[Member]:
    """Return the members: all models with the first seed, then all with the second, and so on.

    All members have the same split. Common settings override those of a member's preset.

    Args:
        models: names of models or presets, without duplicates.
        seeds: number of seeds for each model: 42, 43 and so on.
        common: layers of settings, as for `build_config`.

    Raises:
        Problem: a model is missing or listed twice, or a setting is invalid or cannot be common.
    """
    _check(models, seeds, common)
    names = _names(models)
    return [
        Member(
            name=names[model] if seeds == 1 else f"{names[model]}-seed{seed}",
            model=names[model],
            seed=seed,
            settings=settings_of(_config(model, seed, common)),
        )
        for seed in range(FIRST_SEED, FIRST_SEED + seeds)
        for model in models
    ]


def settings_of(config: RunConfig) -> dict[str, Any]:
    """Return `config` as `Member.settings`."""
    return tomllib.loads(config.to_toml())


def _config(model: str, seed: int, common: list[Values]) -> RunConfig:
    config = build_config(
        {"data": {"split_seed": FIRST_SEED}},
        model_layer(model),
        {"training": {"seed": seed}},
        *common,
    )
    resolve(config.model.name)
    return config


def _check(models: list[str], seeds: int, common: list[Values]) -> None:
    if not models:
        raise Problem("no models given", where="--models", mend="Example: --models minilm,cnn.")
    twice = [model for model in models if models.count(model) > 1]
    if twice:
        raise Problem(
            f"{twice[0]} is listed twice", where="--models", mend="Use --seeds 2 to train each model twice."
        )
    if seeds < 1:
        raise Problem(f"{seeds} is not a valid number of seeds", where="--seeds", mend="Give 1 or more.")
    for section, key, option in (("model", "name", "--models"), ("training", "seed", "--seeds")):
        if any(key in values.get(section, {}) for values in common):
            raise Problem(
                f"{section}.{key} cannot be the same for all members of an experiment",
                where="--set",
                mend=f"Use {option} instead.",
            )


def _names(models: list[str]) -> dict[str, str]:
    """Return a unique short name for each model, valid as a folder name."""
    names: dict[str, str] = {}
    for model in models:
        short = words_of(Path(model).name) or "model"
        number = 2
        name = short
        while name in names.values():
            name, number = f"{short}-{number}", number + 1
        names[model] = name
    return names
