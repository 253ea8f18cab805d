"""TokenCache: token ids on the disk, mapped into memory: a text is tokenized once, whatever runs on it."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from core.caching import cannot_keep
from core.encoding.encoder import Encoder
from core.encoding.tokens import Tokens
from core.runs import durable

# The oldest entries go when all of them take more than this.
_LIMIT_BYTES = 20 << 30
_ARRAYS = ("ids", "starts", "full_lengths")
Number = TypeVar("Number", np.int32, np.int64)

# Entries that are being written begin so; nobody writes at one for longer than a day.
_WRITING = ".writing-"
_ABANDONED_SECONDS = 24 * 3600
_FORMAT = 2  # part of every key: what an older program wrote is not found


@dataclass(frozen=True)
class TokenKey:
    """What decides on the tokens of a split; equal keys have equal tokens."""

    split: str
    """Fingerprint of the split."""
    tokenizer: str
    """Fingerprint of the tokenizer."""
    max_length: int

    @property
    def digest(self) -> str:
        """Name of its entry."""
        fields = (_FORMAT, self.split, self.tokenizer, self.max_length)
        return hashlib.sha256(json.dumps(fields).encode()).hexdigest()[:32]


def fingerprint(tokenizer: PreTrainedTokenizerBase) -> str:
    """SHA-256 of all on which token ids depend; truncation and padding, which others set, left out."""
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    backend |= {"truncation": None, "padding": None}
    settings = (backend, tokenizer.truncation_side, tokenizer.pad_token_id)
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


class TokenCache:
    """Entries of tokens in `folder`, one folder each, whole or not there."""

    def __init__(self, folder: Path, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def get(
        self,
        key: TokenKey,
        encoder: Encoder,
        chunks: Callable[[], Iterable[list[str]]],
        on_progress: Callable[[int], None] = lambda done: None,
    ) -> Tokens:
        """The tokens of `key`, mapped from the disk; made from `chunks` of texts where they are not there.

        Args:
            key: what decides on the tokens.
            encoder: makes them.
            chunks: gives the texts, from the beginning.
            on_progress: is told how many texts are done.

        Raises:
            Problem: they can be kept nowhere.
        """
        entry = self._folder / key.digest
        if (found := _load(entry)) is not None:
            return found
        beside, is_kept = self._make_beside()
        try:
            _write(beside, encoder.encode_chunks(chunks()), on_progress)
            # Mapped from here on: wherever the files go, they live as long as they are used.
            found = _load(beside)
            if is_kept:
                _keep(beside, entry)
                self._prune(entry)
        except OSError as error:
            raise cannot_keep("the token ids", beside.parent, error) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        assert found is not None
        return found

    def _make_beside(self) -> tuple[Path, bool]:
        """A folder to write into, and whether what is written there can be kept."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return Path(tempfile.mkdtemp(prefix=_WRITING, dir=self._folder)), True
        except OSError:
            # A home that cannot be written to.
            return Path(tempfile.mkdtemp(prefix="bertcls-tokens-")), False

    def _prune(self, kept: Path) -> None:
        """Remove what was not used for longest, down to the limit, and what was abandoned half-written."""
        others = []
        for path in set(self._folder.iterdir()) - {kept}:
            with contextlib.suppress(FileNotFoundError):  # another process removes, too
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
    """Give what was written its place, unless another process was quicker."""
    durable.sync_tree(beside)
    if _load(entry) is None:
        shutil.rmtree(entry, ignore_errors=True)  # damaged
    with contextlib.suppress(OSError):
        beside.rename(entry)


def _write(folder: Path, parts: Iterable[Tokens], on_progress: Callable[[int], None]) -> None:
    done = position = 0
    streams = {name: (folder / f"{name}.bin").open("wb") for name in _ARRAYS}
    try:
        streams["starts"].write(np.zeros(1, np.int64).tobytes())
        for part in parts:
            streams["ids"].write(part.ids.tobytes())
            streams["starts"].write((part.starts[1:] + position).tobytes())
            streams["full_lengths"].write(part.full_lengths.tobytes())
            position += len(part.ids)
            done += len(part)
            on_progress(done)
    finally:
        for stream in streams.values():
            stream.close()
    (folder / "sizes.json").write_text(json.dumps({"texts": done, "tokens": position}), encoding="utf-8")


def _load(folder: Path) -> Tokens | None:
    """The entry in `folder`; None where there is none, or its files are not as long as they should be."""
    try:
        sizes = json.loads((folder / "sizes.json").read_text(encoding="utf-8"))
        with contextlib.suppress(OSError):  # it may be another's, only to be read
            os.utime(folder)  # used just now
        texts, tokens = sizes["texts"], sizes["tokens"]
        found = Tokens(
            _map(folder / "ids.bin", np.int32, tokens),
            _map(folder / "starts.bin", np.int64, texts + 1),
            _map(folder / "full_lengths.bin", np.int32, texts),
        )
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found


def _map(path: Path, dtype: type[Number], length: int) -> npt.NDArray[Number]:
    if path.stat().st_size != length * np.dtype(dtype).itemsize:
        raise ValueError(f"{path} has another size than it should have")
    if not length:
        return np.zeros(0, dtype)
    return np.memmap(path, dtype, mode="r", shape=(length,))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())
