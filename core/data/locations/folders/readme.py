"""The data card of a repository: the YAML at the top of README.md, with files and class names."""

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

_MOST_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class DataCard:
    """What a data card says about the files."""

    files: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Patterns of files by configuration and split."""
    class_names: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Class names by configuration ("" if there is one only) and column."""
    default: str | None = None
    """The configuration that is read unless another is chosen."""


def read_card(folder: Path) -> DataCard:
    """The data card of a folder. What it does not say, or not as expected, is missing."""
    content = _read_header(folder / "README.md")
    files: dict[str, dict[str, list[str]]] = {}
    default = None
    for each in _objects(content.get("configs")):
        by_split = _patterns(each.get("data_files"), each.get("data_dir"))
        if by_split:
            name = str(each.get("config_name") or "default")
            files[name] = by_split
            default = name if each.get("default") is True else default
    names: dict[str, dict[str, list[str]]] = {}
    for each in _objects(content.get("dataset_info")):
        if found := _class_names(_objects(each.get("features"))):
            names[str(each.get("config_name") or "")] = found
    return DataCard(files, names, default)


def _read_header(path: Path) -> dict[str, Any]:
    """The YAML between the first two lines of three dashes."""
    import yaml

    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MOST_CHARACTERS)
        start, header, _ = text.split("---\n", 2)
        content = yaml.safe_load(header) if not start.strip("\ufeff \n") else None
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; one object as a list of one."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def _patterns(data_files: Any, data_dir: Any) -> dict[str, list[str]]:
    """Patterns by split. A pattern without a split is for training."""
    listed = data_files if isinstance(data_files, list) else [data_files]
    by_split: dict[str, list[str]] = {}
    for each in listed:
        if isinstance(each, dict):
            split, paths = str(each.get("split") or "train"), each.get("path")
        else:
            split, paths = "train", each
        for path in paths if isinstance(paths, list) else [paths]:
            if isinstance(path, str) and _is_inside(path):
                whole = str(PurePosixPath(data_dir) / path) if isinstance(data_dir, str) else path
                by_split.setdefault(split, []).append(whole)
    return by_split


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return bool(path) and not pure.is_absolute() and ".." not in pure.parts


def _class_names(features: list[dict[str, Any]]) -> dict[str, list[str]]:
    found = {}
    for feature in features:
        kind = feature.get("dtype", feature.get("sequence", feature.get("list")))
        label = kind.get("class_label") if isinstance(kind, dict) else None
        names = label.get("names") if isinstance(label, dict) else None
        if isinstance(names, dict):
            names = [
                names[key] for key in sorted(names, key=lambda key: int(key) if str(key).isdecimal() else 0)
            ]
        if isinstance(names, list) and isinstance(feature.get("name"), str):
            found[feature["name"]] = [str(name) for name in names]
    return found
