"""What is asked of the engine's `compare` for runs and experiments."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import finished_members
from core.problems import Problem
from core.runs.directory import RunDirectory


def contestants(chosen: Sequence[RunDirectory | ExperimentDirectory]) -> dict[str, Any]:
    """The paths of the runs, those of an experiment that are trained, and what they are called together.

    Raises:
        Problem: an experiment has no run that could be compared.
    """
    named: dict[str, str] = {}
    counts = Counter(each.name for each in chosen)
    for each in chosen:
        if isinstance(each, RunDirectory):
            shown = each.name if counts[each.name] == 1 else f"{each.path.parent.name}/{each.name}"
            named.setdefault(str(each.path), shown)
            continue
        members = finished_members(each)
        if not members:
            raise Problem(
                "none of its runs is trained and tested yet",
                where=each.name,
                mend="A comparison needs --test FILE and runs that came to their end.",
            )
        prefix = f"{each.name}/" if len(chosen) > 1 else ""
        named |= {str(each.run_of(member).path): prefix + member.model for member in members}
    return {"runs": list(named), "groups": list(named.values())}
