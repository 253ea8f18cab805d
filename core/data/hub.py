"""Data sets of the Hub, through the `datasets` library, which is imported only when one is asked for."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core import hub
from core.data.table import ChunkSize, Table
from core.problems import Problem
from core.text.plain import quoted

_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_NOT_HERE = "there is no file or folder of this name"


class HubSplit:
    """One split of a data set of the Hub, which lies on the disk and is read in slices."""

    def __init__(self, source: str, content: Any, size: ChunkSize | None = None) -> None:
        self._source, self._content, self._size = source, content, size or ChunkSize()

    @property
    def source(self) -> str:
        """Data set and split."""
        return self._source

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """All rows, in the columns that hold values.

        Raises:
            Problem: there are no rows, or no such columns.
        """
        total = len(self._content)
        if not total:
            raise Problem(
                "the split has no rows", where=self._source, mend="Choose another data set or configuration."
            )
        found = [name for name, feature in self._content.features.items() if _is_plain(feature)]
        if not found:
            raise Problem(
                "no column holds texts or labels",
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
    """Whether `name` could be that of a data set of the Hub."""
    return _NAME.fullmatch(name) is not None


def load_hub_splits(name: str, subset: str | None) -> dict[str, HubSplit]:
    """Each split of a data set, by its name. Code that comes with a data set is never run.

    Raises:
        Problem: the Hub cannot be reached, has no such data set, or the data set cannot be loaded.
    """
    import datasets

    datasets.disable_progress_bars()
    try:
        with hub.without_waiting():
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
    return {split: HubSplit(f"{name} [{split}]", content) for split, content in loaded.items()}


def _class_names(feature: Any) -> list[str] | None:
    """The names of the classes of a column, or of what its lists hold."""
    return getattr(getattr(feature, "feature", feature), "names", None)


def _is_plain(feature: Any) -> bool:
    """Values and lists of values; images and sounds would only cost time to decode."""
    return type(feature).__name__ in ("Value", "ClassLabel", "List", "LargeList", "Sequence")
