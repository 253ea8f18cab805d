"""What is compared is called by its name, and by its folders where names are alike."""

from collections.abc import Sequence
from pathlib import Path

from core.protocol import FLOORS


def names_of(paths: Sequence[Path]) -> list[str]:
    """What runs, or experiments, are called side by side: no two alike, and none like a floor."""
    return [_name(path, set(paths) - {path}) for path in paths]


def _name(path: Path, others: set[Path]) -> str:
    for count in range(1, len(path.parts)):
        end = path.parts[-count:]
        if end not in {(floor,) for floor in FLOORS} and all(other.parts[-count:] != end for other in others):
            return "/".join(end)
    return str(path)
