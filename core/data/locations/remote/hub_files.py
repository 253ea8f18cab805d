"""Files at `hf://datasets/OWNER/NAME[@REVISION]/FILE`. Their copies lie in the cache of the Hub."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from core import hub
from core.problems import Problem


def hub_copies(url: str) -> list[Path]:
    """Copies of a file, or of all files that match a pattern, in order.

    Raises:
        Exception: of the Hub's library, if there is no such file or it cannot be reached.
    """
    from huggingface_hub import hf_hub_download, parse_hf_uri, snapshot_download

    named = parse_hf_uri(url)
    name, kind, revision, path = named.id, named.type, named.revision, named.path_in_repo
    with hub.without_waiting(), _without_progress():
        if not set("*?[") & set(path):
            return [Path(hf_hub_download(name, path, repo_type=kind, revision=revision))]
        folder = Path(snapshot_download(name, repo_type=kind, revision=revision, allow_patterns=path))
        return sorted(file for file in folder.glob(path) if file.is_file())


def repository_of(url: str) -> tuple[str, str | None] | None:
    """Name and revision of the data set that a URL names whole; None if it names a file.

    Raises:
        Problem: the URL names no data set.
    """
    from huggingface_hub import parse_hf_uri

    try:
        named = parse_hf_uri(url)
    except ValueError:
        raise _no_data_set(url) from None
    if named.type != "dataset":
        raise _no_data_set(url)
    return None if named.path_in_repo else (named.id, named.revision)


def _no_data_set(url: str) -> Problem:
    return Problem(
        "no file of a data set on the Hub",
        where=url,
        mend="Write hf://datasets/OWNER/NAME/FILE, or hf://datasets/OWNER/NAME@REVISION/FILE.",
    )


@contextlib.contextmanager
def _without_progress() -> Iterator[None]:
    """Within this context the Hub's library draws no progress bars."""
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # documented, but not in __all__
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    if are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
