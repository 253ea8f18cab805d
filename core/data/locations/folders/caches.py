"""Folders of the caches of the Hub's libraries: what was downloaded, and what was made of it."""

from collections.abc import Mapping
from pathlib import Path

from core.config import DataConfig
from core.data.formats.columnar.access import names_of_features
from core.data.locations.described import Described
from core.data.locations.folders.repository import in_repository
from core.data.locations.folders.saved import read_json
from core.data.locations.folders.split_files import read_files
from core.data.locations.shards import without_shard
from core.data.tables.subsets import choose_subset, split_of
from core.data.tables.table import Reader, assumption
from core.problems import Problem

_INFO = "dataset_info.json"
_MOST_LEVELS = 3  # NAME/CONFIGURATION/VERSION/HASH


def in_hub_cache(folder: Path, config: DataConfig) -> Mapping[str, Reader] | None:
    """Readers of a repository in the cache of the Hub (`datasets--OWNER--NAME`); None if the folder is none.

    Raises:
        Problem: it holds no data.
    """
    snapshots = folder / "snapshots"
    if not snapshots.is_dir():
        return None
    revisions = sorted((path for path in snapshots.iterdir() if path.is_dir()), key=_changed)
    if not revisions:
        raise Problem("no snapshot in this cache", where=str(folder), mend="Download the data set again.")
    main = folder / "refs" / "main"
    named = snapshots / main.read_text().strip() if main.is_file() else revisions[-1]
    chosen = named if named in revisions else revisions[-1]
    found = in_repository(chosen, config)
    if found is None:
        raise Problem(
            "no data files in this snapshot", where=str(chosen), mend="Download the data set again, whole."
        )
    if len(revisions) == 1:
        return found
    why = "the newest of main" if chosen == named else "the newest"
    note = assumption(f"revision {chosen.name[:12]} of {len(revisions)} in the cache", why)
    return {split: Described(reader, [note]) for split, reader in found.items()}


def in_datasets_cache(folder: Path, config: DataConfig) -> Mapping[str, Reader] | None:
    """Readers of a data set in the cache of `datasets` (`OWNER___NAME`), or of a folder in it.

    None if the folder is none.

    Raises:
        Problem: it has several configurations, or files are missing.
    """
    builds: dict[str, Path] = {}
    for level in range(_MOST_LEVELS + 1):
        for info in sorted(folder.glob("*/" * level + _INFO), key=_changed):
            if any(info.parent.glob("*-*.arrow")) and not info.parent.name.endswith(".incomplete"):
                builds[str(read_json(info).get("config_name") or "default")] = info.parent
    if not builds:
        return None
    name, note = choose_subset(list(builds), config.subset, str(folder))
    features = read_json(builds[name] / _INFO).get("features")
    by_split: dict[str, list[Path]] = {}
    for path in sorted(builds[name].glob("*-*.arrow")):
        split = split_of(without_shard(path.stem).rpartition("-")[2])
        if split and not path.name.startswith("cache-"):
            by_split.setdefault(split, []).append(path)
    names = names_of_features(features)
    return {
        split: Described(read_files(files, config), note, names) for split, files in by_split.items()
    } or None


def _changed(path: Path) -> float:
    return path.stat().st_mtime
