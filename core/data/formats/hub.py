"""Data sets on the Hub, through the `datasets` library, which is imported only when needed."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core import hub
from core.data.tables.table import ChunkSize, Table
from core.problems import Problem
from core.text.plain import quoted

_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_NOT_LOCAL = "no such file or folder"


class HubSplit:
    """One split of a data set on the Hub. It is cached on the local disk and read in slices."""

    def __init__(self, source: str, content: Any, size: ChunkSize | None = None) -> None:
        self._source, self._content, self._size = source, content, size or ChunkSize()

    @property
    def source(self) -> str:
        """Data set and split, as `imdb [train]`."""
        return self._source

    @property
    def paths(self) -> Sequence[Path]:
        """None: the cache of the Hub's library holds it."""
        return []

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield all rows, in the columns that hold values or lists of values.

        Raises:
            Problem: the split has no rows, or no such columns.
        """
        total = len(self._content)
        if not total:
            raise Problem(
                "the split has no rows", where=self._source, mend="Choose another data set or configuration."
            )
        found = [name for name, feature in self._content.features.items() if _is_plain(feature)]
        if not found:
            raise Problem(
                "no column with texts or labels",
                where=self._source,
                mend=f"Its columns are {quoted(self._content.column_names)}.",
            )
        content = self._content.select_columns(list(columns or found))
        names = {name: _class_names(feature) for name, feature in content.features.items()}
        class_names = {name: known for name, known in names.items() if known}
        longest = max(1, content.data.nbytes / max(1, content.data.num_rows))
        step = max(1, min(self._size.rows, int(self._size.characters / longest)))
        for start in range(0, total, step):
            rows = range(start + 1, min(total, start + step) + 1)
            cells = {name: list(column) for name, column in content[start : rows.stop - 1].items()}
            table = Table(self._source, cells, rows, "row", read_share=(rows.stop - 1) / total)
            yield table.with_class_names(class_names)


def is_hub_name(name: str) -> bool:
    """Whether `name` is a valid name of a data set on the Hub."""
    return _NAME.fullmatch(name) is not None


def load_hub_splits(name: str, subset: str | None, revision: str | None = None) -> dict[str, HubSplit]:
    """Load a data set: its splits by name. Code that comes with a data set is never run.

    Raises:
        Problem: the Hub cannot be reached or has no such data set, or the data set cannot be loaded.
    """
    import datasets

    had_bars = not datasets.utils.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        with hub.without_waiting():
            at = {"revision": revision} if revision else {}
            loaded = datasets.load_dataset(name, subset, **at)
    except ConnectionError:
        raise Problem(
            f"{_NOT_LOCAL}, and the Hub cannot be reached to look for a data set of this name",
            where=name,
            mend="Check the path, or copy the data here and name the file or folder.",
        ) from None
    except datasets.exceptions.DatasetNotFoundError:
        raise Problem(
            f"{_NOT_LOCAL}, and no accessible data set of this name on the Hub",
            where=name,
            mend="Check the name. A gated or private data set needs `hf auth login` first.",
        ) from None
    except (ValueError, RuntimeError, OSError, datasets.exceptions.DatasetsError) as error:
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise Problem(
            f"cannot load the data set from the Hub ({reason})",
            where=name,
            mend="Choose one of its configurations with --subset, or copy its files to this machine.",
        ) from None
    finally:
        if had_bars:  # a setting of the whole process, which may be a caller's
            datasets.enable_progress_bars()
    return {split: HubSplit(f"{name} [{split}]", content) for split, content in loaded.items()}


def _class_names(feature: Any) -> list[str] | None:
    """Class names of a column, or of the items of a list column."""
    return getattr(getattr(feature, "feature", feature), "names", None)


def _is_plain(feature: Any) -> bool:
    """Whether a column holds values, lists or objects. Decoding images and audio would only cost time."""
    if isinstance(feature, dict):
        return all(map(_is_plain, feature.values()))
    return type(feature).__name__ in ("Value", "ClassLabel", "List", "LargeList", "Sequence")
