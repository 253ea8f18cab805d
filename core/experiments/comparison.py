"""The request that compares runs and experiments."""

from collections.abc import Sequence

from core.evaluation.display_names import names_of
from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import finished_members
from core.problems import Problem
from core.protocol import BASELINES, Compare
from core.runs.directory import RunDirectory


def comparison_request(
    chosen: Sequence[RunDirectory | ExperimentDirectory], *, baselines: bool = True
) -> Compare:
    """The request that compares runs, and the runs of experiments that are trained and tested.

    Raises:
        Problem: an experiment has no run that could be compared.
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
                mend="A comparison needs --test FILE and runs that came to their end.",
            )
        if (missing := len(each.members) - len(members)) > 0:
            remarks.append(f"{missing} of {len(each.members)} runs of {name} are not trained and tested yet")
        for member in members:
            is_alone = len(chosen) == 1 and member.model not in BASELINES
            named[str(each.run_of(member).path)] = member.model if is_alone else f"{name}/{member.model}"
    return Compare(list(named), list(named.values()), baselines, remarks)
