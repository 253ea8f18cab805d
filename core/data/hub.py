"""Data sets of the Hub, through the `datasets` library, which is imported only when one is asked for."""

import contextlib
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from core import hub
from core.data.table import Table, quoted
from core.problems import Problem

_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_NOT_HERE = "there is no file or folder of this name"


def is_hub_name(name: str) -> bool:
    """Whether `name` could be that of a data set of the Hub."""
    return _NAME.fullmatch(name) is not None


def load_hub_splits(name: str, subset: str | None) -> dict[str, Callable[[], Table]]:
    """A reader for each split of a data set, by its name. Code that comes with a data set is never run.

    Raises:
        Problem: the Hub cannot be reached, has no such data set, or the data set cannot be loaded.
    """
    import datasets

    datasets.disable_progress_bars()
    try:
        with _without_waiting():
            loaded = datasets.load_dataset(name, subset)
    except ConnectionError:
        raise Problem(
            f"{_NOT_HERE}, and the Hub, which may have a data set of this name, cannot be reached",
            where=name,
            mend="Check the path, or copy the data to this machine and name the file or folder.",
        ) from None
    except datasets.exceptions.DatasetNotFoundError:
        raise Problem(
            f"{_NOT_HERE}, and the Hub has no data set of this name that can be read from here",
            where=name,
            mend="Check the name; a gated or private data set needs `hf auth login` first.",
        ) from None
    except (ValueError, RuntimeError, OSError, datasets.exceptions.DatasetsError) as error:
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise Problem(
            f"the data set of the Hub cannot be loaded ({reason})",
            where=name,
            mend="Name one of its configurations with --set data.subset=NAME, or copy its files here.",
        ) from None
    return {split: partial(_table, f"{name} [{split}]", content) for split, content in loaded.items()}


@contextlib.contextmanager
def _without_waiting() -> Iterator[None]:
    """Look into the cache alone when the Hub does not answer."""
    import datasets
    import huggingface_hub

    if hub.is_reachable():
        yield
        return
    before = datasets.config.HF_HUB_OFFLINE, huggingface_hub.constants.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = huggingface_hub.constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, huggingface_hub.constants.HF_HUB_OFFLINE = before


def _table(source: str, content: Any) -> Table:
    if not len(content):
        raise Problem("the split has no rows", where=source, mend="Choose another data set or configuration.")
    scalars = [name for name, feature in content.features.items() if _is_plain(feature)]
    if not scalars:
        raise Problem(
            "no column holds texts or labels",
            where=source,
            mend=f"Its columns are {quoted(content.column_names)}.",
        )
    columns = {name: list(content[name]) for name in scalars}
    table = Table(source, columns, list(range(1, len(content) + 1)), "row")
    names = {name: getattr(content.features[name], "names", None) for name in scalars}
    return table.with_class_names({column: found for column, found in names.items() if found})


def _is_plain(feature: Any) -> bool:
    """Values and lists of values; images and sounds would only cost time to decode."""
    return type(feature).__name__ in ("Value", "ClassLabel", "List", "LargeList", "Sequence")
