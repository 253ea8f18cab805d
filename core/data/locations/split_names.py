"""Names of the splits, as files, folders and data sets spell them."""

FILE = "file"
"""The split of a location that is a single file: it can be any split."""

_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}


def split_of(name: str) -> str | None:
    """The split with this name; None if it names none."""
    return _NAMES.get(name.lower())
