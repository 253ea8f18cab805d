"""TokenCache: token ids on disk, memory-mapped. A split is tokenized once for all runs."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from core.encoding.encoder import Encoder
from core.encoding.tokens import Tokens, of_rows
from core.files import durable
from core.text.long_text import LongText

# The least recently used entries are removed above this total size.
_LIMIT_BYTES = 20 << 30
_TYPES: dict[str, type[np.integer[Any]]] = {
    "ids": np.int32,
    "starts": np.int64,
    "full_lengths": np.int32,
    "unread": np.int32,
    "firsts": np.int64,
    "types": np.int8,
}
# Offsets, which continue from part to part.
_OFFSETS = ("starts", "firsts")

# Prefix of entries that are being written. Older ones than this are abandoned.
_WRITING = ".writing-"
_ABANDONED_SECONDS = 24 * 3600
_FORMAT = 3  # part of every key, so that entries of other formats are not found


@dataclass(frozen=True)
class TokenKey:
    """Everything that determines the tokens of a split."""

    split: str
    """Fingerprint of the split."""
    tokenizer: str
    """Fingerprint of the tokenizer."""
    max_length: int
    long_text: LongText = "head"
    pairs: bool = False

    @property
    def digest(self) -> str:
        """Name of its entry."""
        fields = (_FORMAT, *astuple(self))
        return hashlib.sha256(json.dumps(fields).encode()).hexdigest()[:32]


def fingerprint(tokenizer: PreTrainedTokenizerBase) -> str:
    """SHA-256 of everything that token ids depend on. Ignores truncation and padding, which others set."""
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    backend |= {"truncation": None, "padding": None}
    settings = (backend, tokenizer.truncation_side, tokenizer.pad_token_id)
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


class TokenCache:
    """Tokens in `folder`. Each entry is a folder, which is complete or missing."""

    def __init__(self, folder: Path, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def get(
        self,
        key: TokenKey,
        encoder: Encoder,
        chunks: Callable[[], Iterable[list[str]]],
        on_progress: Callable[[int], None] = lambda done: None,
        warn: Callable[[str], None] = lambda message: None,
    ) -> Tokens:
        """The tokens of `key`, memory-mapped. On a miss, encodes and stores them.

        Without disk space they are kept in memory.

        Args:
            key: of the tokens.
            encoder: tokenizes the texts.
            chunks: returns the texts, from the beginning.
            on_progress: receives the number of texts done.
            warn: receives a warning if the tokens cannot be stored.
        """
        entry = self._folder / key.digest
        if (found := _load(entry)) is not None:
            return found
        try:
            return self._make(entry, encoder.encode_chunks(chunks()), on_progress, warn)
        except OSError as error:
            warn(
                f"Token ids are kept in memory and not cached: cannot write to {self._folder} "
                f"({error.strerror})."
            )
        return _gather(encoder.encode_chunks(chunks()), on_progress)

    def _make(
        self,
        entry: Path,
        parts: Iterable[Tokens],
        on_progress: Callable[[int], None],
        warn: Callable[[str], None],
    ) -> Tokens:
        """Write an entry and map it.

        Raises:
            OSError: it cannot be written anywhere.
        """
        beside, is_kept = self._make_beside(warn)
        try:
            _write(beside, parts, on_progress)
            # Once mapped, the files live until they are no longer used, even if they are moved or deleted.
            found = _load(beside)
            if is_kept:
                _keep(beside, entry)
                self._prune(entry)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        assert found is not None
        return found

    def _make_beside(self, warn: Callable[[str], None]) -> tuple[Path, bool]:
        """A folder to write into, and whether it can become an entry."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return Path(tempfile.mkdtemp(prefix=_WRITING, dir=self._folder)), True
        except OSError as error:
            # The home directory is read-only.
            beside = Path(tempfile.mkdtemp(prefix="bertcls-tokens-"))
            warn(
                f"Token ids are not cached: cannot write to {self._folder} ({error.strerror}). Each run "
                "tokenizes again, unless XDG_CACHE_HOME names a folder that can be written."
            )
            return beside, False

    def _prune(self, kept: Path) -> None:
        """Remove the least recently used entries above the limit, and abandoned writes."""
        others = []
        for path in set(self._folder.iterdir()) - {kept}:
            with contextlib.suppress(FileNotFoundError):  # another process removes entries too
                used = path.stat().st_mtime
                if not path.name.startswith(_WRITING):
                    others.append((used, _size(path), path))
                elif used < time.time() - _ABANDONED_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)
        left = self._limit_bytes - _size(kept)
        for _, size, path in sorted(others, reverse=True):
            left -= size
            if left < 0:
                shutil.rmtree(path, ignore_errors=True)


def _keep(beside: Path, entry: Path) -> None:
    """Rename a written folder to its entry, unless another process was faster."""
    durable.sync_tree(beside)
    if _load(entry) is None:
        shutil.rmtree(entry, ignore_errors=True)  # damaged
    with contextlib.suppress(OSError):
        beside.rename(entry)


def _write(folder: Path, parts: Iterable[Tokens], on_progress: Callable[[int], None]) -> None:
    sizes: dict[str, int] = {}
    with contextlib.ExitStack() as opened:
        streams: dict[str, BinaryIO] = {}
        for name, array in _joined(parts, on_progress):
            if name not in streams:
                streams[name] = opened.enter_context((folder / f"{name}.bin").open("wb"))
            streams[name].write(array.tobytes())
            sizes[name] = sizes.get(name, 0) + len(array)
    (folder / "sizes.json").write_text(json.dumps(sizes), encoding="utf-8")


def _gather(parts: Iterable[Tokens], on_progress: Callable[[int], None]) -> Tokens:
    """Join the parts in memory."""
    found: dict[str, list[npt.NDArray[Any]]] = {}
    for name, array in _joined(parts, on_progress):
        found.setdefault(name, []).append(array)
    return _as_one(Tokens(**{name: np.concatenate(arrays) for name, arrays in found.items()}))


def _joined(
    parts: Iterable[Tokens], on_progress: Callable[[int], None]
) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Arrays of all parts, by name. Arrays of the same name concatenate to that of the whole."""
    done, ends = 0, dict.fromkeys(_OFFSETS, 0)
    begun: set[str] = set()
    for part in chain([of_rows([])], parts):
        for name, array in _arrays(part).items():
            if name in _OFFSETS and name in begun:
                array = array[1:] + ends[name]
            if name in _OFFSETS and len(array):
                ends[name] = int(array[-1])
            begun.add(name)
            yield name, array
        done += len(part)
        if len(part):
            on_progress(done)


def _arrays(tokens: Tokens) -> dict[str, npt.NDArray[Any]]:
    """The arrays that are not None."""
    arrays = {name: getattr(tokens, name) for name in _TYPES}
    return {name: array for name, array in arrays.items() if array is not None}


def _load(folder: Path) -> Tokens | None:
    """Map the entry in `folder`; None if it is missing or its files have other sizes."""
    try:
        sizes = json.loads((folder / "sizes.json").read_text(encoding="utf-8"))
        with contextlib.suppress(OSError):  # the entry may be read-only
            os.utime(folder)  # mark as recently used
        arrays = {name: _map(folder / f"{name}.bin", _TYPES[name], size) for name, size in sizes.items()}
        found = Tokens(**arrays)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return _as_one(found)


def _as_one(found: Tokens) -> Tokens:
    """Drop `firsts` if every text is one row: lookups are faster without it."""
    return found if len(found.starts) > len(found) + 1 else replace(found, firsts=None)


def _map(path: Path, dtype: type[np.integer[Any]], length: int) -> npt.NDArray[Any]:
    if path.stat().st_size != length * np.dtype(dtype).itemsize:
        raise ValueError(f"{path} has an unexpected size")
    if not length:
        return np.zeros(0, dtype)
    return np.memmap(path, dtype, mode="r", shape=(length,))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())
