"""Token cache: entries are written once, are complete or missing, and fit the limit."""

import multiprocessing
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import AutoTokenizer

from core.encoding.cache import TokenCache, TokenKey, fingerprint
from core.encoding.encoder import Encoder
from core.encoding.tokens import Tokens
from core.files.cache import cache_folder
from core.problems import Problem

TEXTS = [[f"a film of {number} minutes", ""] for number in range(3)]
FLAT = [text for chunk in TEXTS for text in chunk]
KEY = TokenKey(split="data", tokenizer="words", max_length=8)
DAY = 24 * 3600


class Source:
    """Yields texts and counts how often they are requested."""

    def __init__(self, texts: list[list[str]] = TEXTS) -> None:
        self._texts = texts
        self.reads = 0

    def chunks(self) -> Iterator[list[str]]:
        self.reads += 1
        yield from self._texts


@pytest.fixture(scope="module")
def encoder(tiny_model: Path) -> Encoder:
    return Encoder(AutoTokenizer.from_pretrained(tiny_model), KEY.max_length)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "tokens"


def same(found: Tokens, expected: Tokens) -> bool:
    return all(
        np.array_equal(getattr(found, field.name), getattr(expected, field.name)) for field in fields(Tokens)
    )


def test_a_hit_reads_no_texts(folder: Path, encoder: Encoder) -> None:
    source, reported = Source(), []
    first = TokenCache(folder).get(KEY, encoder, source.chunks, reported.append)
    second = TokenCache(folder).get(KEY, encoder, source.chunks, reported.append)
    assert source.reads == 1
    assert reported == [2, 4, 6]
    assert same(first, encoder.encode(FLAT))
    assert same(second, first)
    assert not first.ids.flags.writeable
    assert [path.name for path in folder.iterdir()] == [KEY.digest]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / KEY.digest).stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "other",
    [
        {"split": "others"},
        {"tokenizer": "letters"},
        {"max_length": 9},
        {"long_text": "tail"},
        {"pairs": True},
    ],
    ids=lambda other: next(iter(other)),
)
def test_each_key_has_its_own_entry(folder: Path, encoder: Encoder, other: dict[str, Any]) -> None:
    cache, source = TokenCache(folder), Source()
    cache.get(KEY, encoder, source.chunks)
    cache.get(replace(KEY, **other), encoder, source.chunks)
    assert source.reads == 2
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("length", [8, 100])
def test_windows_and_types_of_text_pairs_are_cached(folder: Path, tiny_model: Path, length: int) -> None:
    encoder = Encoder(AutoTokenizer.from_pretrained(tiny_model), length, "windows", pairs=True)
    texts = [["a ||| b"], ["a film ||| of many many minutes that nobody sees", "one ||| two"]]
    expected = encoder.encode(list(chain(*texts)))
    if length == 100:  # all texts fit, so there are no windows
        expected = replace(expected, firsts=None)
    for _ in range(2):
        found = TokenCache(folder).get(KEY, encoder, Source(texts).chunks)
        assert same(found, expected)
        assert found.types is not None
        assert (found.types.dtype, set(found.types.tolist())) == (np.int8, {0, 1})


@pytest.mark.parametrize("texts", [[], [[]], [["one"]]])
def test_few_texts_or_no_texts_are_cached(folder: Path, encoder: Encoder, texts: list[list[str]]) -> None:
    cache, source = TokenCache(folder), Source(texts)
    for _ in range(2):
        assert same(cache.get(KEY, encoder, source.chunks), encoder.encode(list(chain(*texts))))
    assert source.reads == 1


@pytest.mark.parametrize("name", ["ids.bin", "starts.bin", "full_lengths.bin", "unread.bin", "sizes.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "longer", "folder"])
def test_a_damaged_entry_is_replaced(folder: Path, encoder: Encoder, name: str, damage: str) -> None:
    cache, source = TokenCache(folder), Source()
    expected = cache.get(KEY, encoder, source.chunks)
    damaged = folder / KEY.digest / name
    content = damaged.read_bytes()
    damaged.unlink()
    if damage == "cut":
        damaged.write_bytes(content[:-3])
    elif damage == "longer":
        damaged.write_bytes(content + b"]")
    elif damage == "folder":
        damaged.mkdir()
    assert same(cache.get(KEY, encoder, source.chunks), expected)
    assert source.reads == 2
    cache.get(KEY, encoder, source.chunks)
    assert source.reads == 2


@pytest.mark.parametrize("content", ["null", "[]", "{}", '{"texts": "6", "tokens": 1}', "\0\0"])
def test_an_entry_with_invalid_sizes_is_replaced(folder: Path, encoder: Encoder, content: str) -> None:
    cache, source = TokenCache(folder), Source()
    cache.get(KEY, encoder, source.chunks)
    (folder / KEY.digest / "sizes.json").write_text(content)
    assert same(cache.get(KEY, encoder, source.chunks), encoder.encode(FLAT))
    assert source.reads == 2


def test_an_interrupted_write_leaves_no_entry(folder: Path, encoder: Encoder) -> None:
    def broken() -> Iterator[list[str]]:
        yield TEXTS[0]
        raise Problem("the file was changed")

    with pytest.raises(Problem, match="was changed"):
        TokenCache(folder).get(KEY, encoder, broken)
    assert list(folder.iterdir()) == []


def test_tokens_stay_readable_after_their_entry_is_removed(folder: Path, encoder: Encoder) -> None:
    found = TokenCache(folder).get(KEY, encoder, Source().chunks)
    shutil.rmtree(folder)
    assert same(found, encoder.encode(FLAT))


def test_another_process_may_write_the_entry_first(folder: Path, encoder: Encoder) -> None:
    """While the texts are read, another process writes the entry: complete, or damaged."""
    for damaged in (False, True):
        shutil.rmtree(folder, ignore_errors=True)

        def chunks(damaged: bool = damaged) -> Iterator[list[str]]:
            TokenCache(folder).get(KEY, encoder, Source().chunks)
            if damaged:
                (folder / KEY.digest / "ids.bin").unlink()
            yield from TEXTS

        assert same(TokenCache(folder).get(KEY, encoder, chunks), encoder.encode(FLAT))
        assert [path.name for path in folder.iterdir()] == [KEY.digest]
        source = Source()
        TokenCache(folder).get(KEY, encoder, source.chunks)
        assert source.reads == 0


def write_repeatedly(folder: Path, model: Path, started: Any) -> None:
    encoder = Encoder(AutoTokenizer.from_pretrained(model), KEY.max_length)
    expected = encoder.encode(FLAT)
    started.wait()
    for number in range(40):
        key = replace(KEY, split=str(number % 4))
        # The limit fits one entry, so each process removes the entries of the other.
        assert same(TokenCache(folder, limit_bytes=200).get(key, encoder, Source().chunks), expected)


def test_two_processes_share_the_cache(folder: Path, tiny_model: Path) -> None:
    context = multiprocessing.get_context("fork")
    started = context.Barrier(2)
    both = [context.Process(target=write_repeatedly, args=(folder, tiny_model, started)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert not list(folder.glob(".writing-*"))


def test_a_cache_folder_that_cannot_be_created_is_not_an_error(tmp_path: Path, encoder: Encoder) -> None:
    (tmp_path / "home").write_text("")
    source, warned = Source(), list[str]()
    for _ in range(2):
        found = TokenCache(tmp_path / "home" / "tokens").get(KEY, encoder, source.chunks, warn=warned.append)
        assert same(found, encoder.encode(FLAT))
    assert source.reads == 2
    assert len(set(warned)) == 1
    assert "Token ids are not cached: cannot write to" in warned[0]
    assert "XDG_CACHE_HOME" in warned[0]


def test_a_read_only_cache_is_read_and_not_written(
    folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Existing entries are used. New ones are written to a temporary folder."""
    cache, source = TokenCache(folder), Source()
    cache.get(KEY, encoder, source.chunks)

    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    make = tempfile.mkdtemp
    monkeypatch.setattr(
        "core.encoding.cache.tempfile.mkdtemp",
        lambda prefix, dir=None: refuse() if dir == folder else make(prefix=prefix),
    )
    monkeypatch.setattr(os, "utime", refuse)
    assert same(cache.get(KEY, encoder, source.chunks), encoder.encode(FLAT))
    assert source.reads == 1
    assert same(cache.get(replace(KEY, split="test"), encoder, source.chunks), encoder.encode(FLAT))
    assert source.reads == 2
    assert [path.name for path in folder.iterdir()] == [KEY.digest]


def test_a_full_disk_keeps_the_tokens_in_memory(
    folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.files.durable.sync_tree", sync)
    source, reported, warned = Source(), [], []
    found = TokenCache(folder).get(KEY, encoder, source.chunks, reported.append, warned.append)
    assert same(found, encoder.encode(FLAT))
    assert list(folder.iterdir()) == []
    (message,) = warned
    assert "kept in memory" in message
    assert f"cannot write to {folder} (No space left on device)" in message


def test_windows_are_kept_in_memory_when_the_disk_is_full(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows have arrays that other entries lack."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    texts = [["a long film " * 9, "short"], ["another long one " * 20]]
    encoder = Encoder(tokenizer, 8, "windows")
    whole = TokenCache(tmp_path / "cache").get(KEY, encoder, Source(texts).chunks)
    assert whole.firsts is not None

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.encoding.cache._write", full)
    assert same(TokenCache(tmp_path / "other").get(KEY, encoder, Source(texts).chunks), whole)


def entry_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / KEY.digest).iterdir())


def touch(path: Path, seconds_ago: float) -> None:
    at = time.time() - seconds_ago
    os.utime(path, (at, at))


def splits_of(folder: Path, names: Iterable[str]) -> set[str]:
    return {name for name in names if (folder / replace(KEY, split=name).digest).exists()}


def test_the_least_recently_used_entries_are_removed_first(folder: Path, encoder: Encoder) -> None:
    cache = TokenCache(folder)
    cache.get(KEY, encoder, Source().chunks)
    size = entry_bytes(folder)
    for name, seconds_ago in {"a": 50, "b": 40, "c": 30}.items():
        cache.get(replace(KEY, split=name), encoder, Source().chunks)
        touch(folder / replace(KEY, split=name).digest, seconds_ago)
    touch(folder / KEY.digest, 60)
    cache.get(replace(KEY, split="a"), encoder, Source().chunks)  # a hit makes it the most recently used
    TokenCache(folder, limit_bytes=3 * size + 8).get(replace(KEY, split="d"), encoder, Source().chunks)
    assert splits_of(folder, ["train", "a", "b", "c", "d"]) == {"a", "c", "d"}


def test_a_new_entry_larger_than_the_limit_is_kept(folder: Path, encoder: Encoder) -> None:
    for name in ("a", "b"):
        made = TokenCache(folder, limit_bytes=1).get(replace(KEY, split=name), encoder, Source().chunks)
        assert same(made, encoder.encode(FLAT))
        assert splits_of(folder, ["a", "b"]) == {name}


def test_leftovers_of_killed_writers_are_removed_after_a_day(folder: Path, encoder: Encoder) -> None:
    for name, seconds_ago in {".writing-new": 0.9 * DAY, ".writing-old": 1.1 * DAY}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "ids.bin").write_bytes(bytes(1000))
        touch(folder / name, seconds_ago)
    TokenCache(folder, limit_bytes=1).get(KEY, encoder, Source().chunks)
    assert {path.name for path in folder.iterdir()} == {".writing-new", KEY.digest}


def test_the_cache_folder_follows_the_xdg_convention(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder("tokens") == tmp_path / "bertcls-tui" / "tokens"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder("tokens") == tmp_path / ".cache" / "bertcls-tui" / "tokens"


def test_the_fingerprint_covers_only_settings_that_affect_the_ids(tiny_model: Path) -> None:
    def load() -> Any:
        return AutoTokenizer.from_pretrained(tiny_model)

    first = fingerprint(load())
    other = load()
    other.backend_tokenizer.enable_truncation(5)
    other.backend_tokenizer.enable_padding()
    other.model_max_length = 11
    assert fingerprint(other) == first
    other.truncation_side = "left"
    assert fingerprint(other) != first
    other = load()
    other.add_tokens(["film noir"])
    assert fingerprint(other) != first
