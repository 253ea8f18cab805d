"""A data set on the Hub."""

from collections.abc import Mapping

from core.config import DataConfig
from core.data.formats.hub import load_hub_splits
from core.data.locations.described import Described
from core.data.tables.subsets import split_of
from core.data.tables.table import Reader, assumption
from core.problems import Problem
from core.text.plain import quoted


def on_hub(name: str, revision: str | None, config: DataConfig) -> Mapping[str, Reader]:
    """Readers of the splits of a data set on the Hub.

    Raises:
        Problem: it cannot be loaded, or has none of the splits.
    """
    readers = load_hub_splits(name, config.subset, revision)
    by_split: dict[str, Reader] = {
        split: reader for each, reader in readers.items() if (split := split_of(each))
    }
    if not by_split:
        raise Problem(
            f"no train, validation or test split, only {quoted(list(readers))}",
            where=name,
            mend="Save the split as a file, and name the file.",
        )
    if others := [each for each in readers if not split_of(each)]:
        note = assumption(f"split {quoted(others)} is not read", "it is no train, validation or test split")
        first = next(iter(by_split))
        return by_split | {first: Described(by_split[first], [note])}
    return by_split
