"""Comparison of runs and experiments: the request to the engine, and settings that differ between models."""

from collections.abc import Callable, Sequence

from core.config import RunConfig, build_config
from core.evaluation.display_names import names_of
from core.experiments.directory import ExperimentDirectory, Member
from core.experiments.listing import finished_members
from core.models.catalog import resolve
from core.problems import Problem
from core.protocol import BASELINES, Compare
from core.runs.directory import RunDirectory
from core.text import format


def comparison_request(
    chosen: Sequence[RunDirectory | ExperimentDirectory], *, baselines: bool = True
) -> Compare:
    """Return the request that compares runs, and those runs of experiments that are trained and tested.

    Raises:
        Problem: an experiment has no run that can be compared.
    """
    named: dict[str, str] = {}
    remarks: list[str] = []
    names = names_of([each.path for each in chosen])
    for each, name in zip(chosen, names, strict=True):
        if isinstance(each, RunDirectory):
            named.setdefault(str(each.path), name)
            continue
        members = finished_members(each)
        if not members:
            raise Problem(
                "none of its runs is trained and tested yet",
                where=each.name,
                mend="A comparison needs --test FILE and finished runs.",
            )
        if (missing := len(each.members) - len(members)) > 0:
            verb = "is" if missing == 1 else "are"
            remarks.append(
                f"{missing} of {len(each.members)} runs of {name} {verb} not trained and tested yet"
            )
        for member in members:
            is_alone = len(chosen) == 1 and member.model not in BASELINES
            named[str(each.run_of(member).path)] = member.model if is_alone else f"{name}/{member.model}"
    return Compare(list(named), list(named.values()), baselines, remarks)


def differing_settings(members: Sequence[Member]) -> list[str]:
    """Return a sentence for each setting that differs between models and limits their comparison."""
    configs = {member.model: build_config(member.settings) for member in members}
    sentences = []
    for what, option, value_of in _SETTINGS:
        models: dict[str, list[str]] = {}
        for model, config in configs.items():
            models.setdefault(value_of(config), []).append(model)
        if len(models) > 1:
            values = ", ".join(f"{value} ({', '.join(names)})" for value, names in models.items())
            sentences.append(f"{what}: {values}. Use {option} to set it for all models.")
    return sentences


def _max_length(config: RunConfig) -> str:
    length = config.model.max_length
    if length is None:
        try:
            length = resolve(config.model.name).max_length
        except Problem:  # its folder is gone
            return "the model's default"
    return f"{length:,} tokens"


def _training_length(config: RunConfig) -> str:
    training = config.training
    if training.max_steps is not None:
        return format.steps(training.max_steps)
    return "derived from the data" if training.epochs is None else f"{training.epochs:g} epochs"


_SETTINGS: tuple[tuple[str, str, Callable[[RunConfig], str]], ...] = (
    ("The maximum length differs", "--max-length", _max_length),
    ("The length of training differs", "--max-steps", _training_length),
)
