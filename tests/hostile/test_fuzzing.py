"""Fuzzing: every reader of outside bytes reads them or rejects them with a message."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.problems import Problem
from tests.hostile.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_changed_bytes_are_read_or_rejected(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=3 if target.is_slow else 40, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from(target.seeds), st.integers(0, 2**32))
    def check(seed: bytes, chance: int) -> None:
        target.try_one(target.change(seed, random.Random(chance)))

    check()


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_are_read_or_rejected(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=3 if target.is_slow else 20)
    @given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
    def check(data: bytes) -> None:
        target.try_one(data)

    check()


def test_unexpected_exceptions_are_not_hidden() -> None:
    """Exceptions other than Problem propagate."""

    def fail(data: bytes, folder: object) -> None:
        raise Problem("no") if data else KeyError("fault")

    target = type(next(iter(TARGETS.values())))("made", fail, (b"",))
    assert not target.try_one(b"x")
    with pytest.raises(KeyError):
        target.try_one(b"")


def test_deeply_nested_lines_are_skipped() -> None:
    for name in ("events", "commands", "tried, pinned"):
        deep = b'{"kind":"step","text":' + b"[" * 1_000_000 + b"\n"
        assert TARGETS[name].try_one(deep + TARGETS[name].seeds[0])
