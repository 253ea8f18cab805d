"""What the models of an experiment do not have in common."""

from collections.abc import Callable, Sequence

from core.config import RunConfig, build_config
from core.experiments.directory import Member


def unequal_terms(members: Sequence[Member]) -> list[str]:
    """A sentence for each of the terms of a comparison that differ between the models."""
    configs = {member.model: build_config(member.settings) for member in members}
    sentences = []
    for what, option, shown in _TERMS:
        models: dict[str, list[str]] = {}
        for model, config in configs.items():
            models.setdefault(shown(config), []).append(model)
        if len(models) > 1:
            listed = ", ".join(f"{value} ({', '.join(names)})" for value, names in models.items())
            sentences.append(f"{what}: {listed}; {option} sets it for all.")
    return sentences


def _tokens(config: RunConfig) -> str:
    return f"{config.model.max_length:,}"


def _length(config: RunConfig) -> str:
    training = config.training
    if training.max_steps is not None:
        return f"{training.max_steps:,} steps"
    return "as the data ask for" if training.epochs is None else f"{training.epochs:g} epochs"


_TERMS: tuple[tuple[str, str, Callable[[RunConfig], str]], ...] = (
    ("Tokens read of a text differ", "--max-length", _tokens),
    ("Length of training differs", "--max-steps", _length),
)
