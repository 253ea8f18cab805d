"""Folders with a file for each split, as repositories of data sets have them: also shards, configurations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from core.config import DataConfig
from core.data.formats.files import split_extension
from core.data.locations.described import Described
from core.data.locations.folders.listing import data_files, folders_in
from core.data.locations.folders.readme import DataCard, read_card
from core.data.locations.folders.split_files import read_files
from core.data.locations.folders.unread import unread
from core.data.locations.shards import Shard, without_shard
from core.data.tables.subsets import DEFAULT, choose_subset, split_of
from core.data.tables.table import Reader, assumption
from core.problems import Problem, without_home
from core.text.plain import quoted

BySplit = dict[str, list[Path]]
_BETWEEN_WORDS = re.compile(r"([-_. ])")


def in_repository(folder: Path, config: DataConfig) -> Mapping[str, Reader] | None:
    """Readers of the files that are named for a split; None if the folder has none.

    They lie in the folder, in `data/`, in folders named for a split, or in one folder for each configuration;
    or README.md lists them.

    Raises:
        Problem: the folder is unreadable, a shard is missing, two files are for the same split, or there are
            several configurations and none was chosen.
    """
    card = read_card(folder)
    said: list[str] = []
    if not (found := _listed(folder, card) or _plain(folder)):
        found, said = _by_word(folder)
    if not found:
        return None
    name, note = choose_subset(list(found), config.subset, str(folder), card.default)
    names = card.class_names.get(name) or card.class_names.get("", {})
    files = {path for by_split in found.values() for each in by_split.values() for path in each}
    note = [*said, *note, *unread(folder, files)]
    readers: dict[str, Reader] = {}
    first = "train" if "train" in found[name] else next(iter(found[name]))
    for split, each in found[name].items():
        reader, said = read_files(each, config), note if split == first else []
        readers[split] = Described(reader, said, names) if said or names else reader
    return readers


def _plain(folder: Path) -> dict[str, BySplit]:
    """Files by configuration and split, where their names tell."""
    for each in (folder, folder / "data"):
        if each.is_dir() and (found := _by_split(each)):
            return {DEFAULT: found}
    places = [each for each in folders_in(folder) if not split_of(each.name)]
    if [each.name for each in places] == ["data"]:
        places = folders_in(places[0])
    return {each.name: found for each in places if (found := _by_split(each))}


def _by_split(folder: Path) -> BySplit:
    """Files of a folder, and of the folders in it, that are named for a split."""
    found: BySplit = {}
    for path in data_files(folder):
        stem = split_extension(path)[0]
        if split := split_of(without_shard(stem)):
            _add(found, split, [path], folder)
    for each in folders_in(folder):
        if (split := split_of(each.name)) and (files := data_files(each)):
            _add(found, split, files, folder)
    return found


def _by_word(folder: Path) -> tuple[dict[str, BySplit], list[str]]:
    """Files named alike but for the word of the split, as `snli_1.0_dev.jsonl`, and what is assumed."""
    alike: dict[str, BySplit] = {}
    for path in data_files(folder):
        words = _BETWEEN_WORDS.split(without_shard(split_extension(path)[0]))
        splits = {place: split for place, word in enumerate(words) if (split := split_of(word))}
        if len(splits) == 1:
            ((place, split),) = splits.items()
            _add(alike.setdefault("".join(words[:place] + words[place + 1 :]), {}), split, [path], folder)
    found = next(iter(alike.values()), {})
    if len(alike) > 1 or "train" not in found:  # as with texts_train.txt and labels_train.txt
        return {}, []
    what = ", ".join(f"{split} is {quoted([files[0].name])}" for split, files in found.items())
    return {DEFAULT: found}, [assumption(what, "by the words in the names", "--validation or --test")]


def _add(found: BySplit, split: str, files: list[Path], folder: Path) -> None:
    """Add the files of a split, which go together only if they are shards.

    Raises:
        Problem: there are others for the same split.
    """
    before = found.get(split, [])
    shards = [Shard.of(path.name) for path in (*before[:1], *files[:1])]
    if before and not (all(shards) and len({shard.key for shard in shards if shard}) == 1):
        names = [_within(each[0], folder) for each in (before, files)]
        raise Problem(
            f"two files for the {split} split: {quoted(names)}",
            where=without_home(str(folder)),
            mend="Keep one of them in the folder, or give the files one by one.",
        )
    found[split] = before + files


def _within(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _listed(folder: Path, card: DataCard) -> dict[str, BySplit]:
    """Files by configuration and split, as README.md lists them.

    Raises:
        Problem: a file that it lists is missing.
    """
    found: dict[str, BySplit] = {}
    for name, by_split in card.files.items():
        for written, patterns in by_split.items():
            if split := split_of(written):
                files = list(_matching(folder, patterns))
                if not files:
                    raise Problem(
                        f"no file {quoted(patterns)}, which its README.md lists",
                        where=str(folder),
                        mend="Copy the whole repository; or name the file to read.",
                    )
                found.setdefault(name, {}).setdefault(split, []).extend(files)
    return found


def _matching(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(path for path in folder.glob(pattern) if path.is_file())
