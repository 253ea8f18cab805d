"""A folder: which kind it is."""

import re
from collections.abc import Mapping
from pathlib import Path

from core.config import DataConfig
from core.data.formats.files import FORMATS
from core.data.locations.folders.advice import advise
from core.data.locations.folders.caches import in_datasets_cache, in_hub_cache
from core.data.locations.folders.class_files import class_files, without_format
from core.data.locations.folders.class_folders import in_class_folders
from core.data.locations.folders.line_pairs import in_line_pairs
from core.data.locations.folders.listing import data_files, folders_in
from core.data.locations.folders.repository import in_repository
from core.data.locations.folders.saved import in_saved
from core.data.locations.folders.split_files import read_files
from core.data.locations.shards import parts_in
from core.data.tables.subsets import FILE
from core.data.tables.table import Reader
from core.problems import Problem, without_home
from core.text.plain import quoted

_SPLIT_WORD = re.compile(r"(?<![a-z])(train|test|val|dev)", re.IGNORECASE)
_KINDS = (in_saved, in_hub_cache, in_datasets_cache, in_class_folders, in_line_pairs, in_repository)


def in_folder(folder: Path, config: DataConfig) -> Mapping[str, Reader]:
    """Readers of the data in a folder, by split.

    Raises:
        Problem: the folder is unreadable or incomplete, or of none of the kinds.
    """
    for kind in _KINDS:
        if (readers := kind(folder, config)) is not None:
            return readers
    if parts := parts_in(folder):
        return {FILE: read_files(parts, config, without_home(str(folder)))}
    files = data_files(folder)
    for group in (files, without_format(folder)):
        if found := class_files(group, config):
            return {FILE: found}
    if advice := advise(folder):
        raise Problem(advice[0], where=str(folder), mend=advice[1])
    names = f"only {quoted([path.name for path in files])}" if files else "and no data file at all"
    several = ""
    if any(_SPLIT_WORD.search(path.stem) for path in files):
        several = " Or name the file for training, and the others with --validation and --test."
    elif len(files) > 1:
        several = f" Or name several files, each with a column of labels: '{folder}/*{files[0].suffix}'."
    elif not files and folders_in(folder):
        several = " Or name a folder that holds a folder of .txt files for each label, as in positive/1.txt."
    raise Problem(
        f"no train, validation or test file, {names}",
        where=str(folder),
        mend="Name them train, validation and test, with one of the extensions "
        f"{' '.join(FORMATS)}.{several}",
    )
