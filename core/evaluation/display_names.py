"""The names of runs and experiments side by side. Imports nothing heavy."""

from collections.abc import Sequence
from pathlib import Path

from core.protocol import BASELINES


def names_of(paths: Sequence[Path]) -> list[str]:
    """A name for each path: its last part, or as many as distinguish it from the others and baselines."""
    return [_name(path, set(paths) - {path}) for path in paths]


def _name(path: Path, others: set[Path]) -> str:
    taken = {(name,) for name in BASELINES}
    for count in range(1, len(path.parts)):
        end = path.parts[-count:]
        if end not in taken and all(other.parts[-count:] != end for other in others):
            return "/".join(end)
    return str(path)
