"""Folders that `save_to_disk` of the `datasets` library wrote: a data set with its splits, or one split."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.config import DataConfig
from core.data.formats.columnar.access import names_of_features
from core.data.locations.described import Described
from core.data.locations.folders.listing import folders_in
from core.data.locations.folders.split_files import read_files
from core.data.tables.subsets import FILE, split_of
from core.data.tables.table import Reader, assumption
from core.problems import Problem
from core.text.plain import quoted

_SPLITS, _STATE, _INFO = "dataset_dict.json", "state.json", "dataset_info.json"


def in_saved(folder: Path, config: DataConfig) -> Mapping[str, Reader] | None:
    """Readers of the splits of a saved data set; None if the folder is none.

    Raises:
        Problem: a split or a part of one is missing.
    """
    if (folder / _SPLITS).is_file():
        names = read_json(folder / _SPLITS).get("splits", [])
        names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        if missing := [name for name in names if not (folder / name / _STATE).is_file()]:
            raise _incomplete(folder, [f"{name}/{_STATE}" for name in missing])
        others = [name for name in names if not split_of(name)]
        why = "it is no train, validation or test split"
        notes = [assumption(f"split {quoted(others)} is not read", why)] if others else []
        found: dict[str, Reader] = {}
        for name in names:
            if split := split_of(name):
                found[split] = _split(folder / name, config, [] if found else notes)
        if not found:
            raise Problem(
                f"no train, validation or test split, only {quoted(names)}",
                where=str(folder),
                mend=f"Name the folder of a split, such as {folder / names[0]}."
                if names
                else "Save it again.",
            )
        return found
    if (folder / _STATE).is_file():
        return {FILE: _split(folder, config, [])}
    apart = {split: each for each in folders_in(folder) if (split := split_of(each.name))}
    return {
        split: _split(each, config, []) for split, each in apart.items() if (each / _STATE).is_file()
    } or None


def read_json(path: Path) -> dict[str, Any]:
    """The object in a small JSON file that describes data.

    Raises:
        Problem: it is unreadable.
    """
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(1 << 24))
    except (OSError, ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Problem("not a JSON object", where=str(path), mend="Copy or save the data again.")
    return content


def _split(folder: Path, config: DataConfig, notes: list[str]) -> Reader:
    state = read_json(folder / _STATE)
    listed = state.get("_data_files")
    names = [
        each["filename"]
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict) and isinstance(each.get("filename"), str)
    ]
    if not names or any(Path(name).name != name for name in names):
        raise Problem("no list of data files", where=str(folder / _STATE), mend="Save the data set again.")
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise Problem(
            "an early version of datasets saved it as a selection of rows",
            where=str(folder),
            mend="Load it, call flatten_indices(), and save it again.",
        )
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise _incomplete(folder, missing)
    features = read_json(folder / _INFO).get("features") if (folder / _INFO).is_file() else None
    reader = read_files([folder / name for name in names], config)
    return Described(reader, notes, class_names=names_of_features(features))


def _incomplete(folder: Path, missing: list[str]) -> Problem:
    return Problem(
        f"incomplete: {quoted(missing, 5)} missing", where=str(folder), mend="Copy the whole folder again."
    )
