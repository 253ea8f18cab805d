"""How long tokenizing takes, whether or not the tokens were in the cache."""

from collections.abc import Iterator

import pytest

from core.encoding import encoder as module
from core.encoding.encoder import tokenizing_seconds


class Many:
    """Texts without a file."""

    def __len__(self) -> int:
        return 5000

    def chunks(self) -> Iterator[list[str]]:
        for start in range(0, 5000, 1000):
            yield [str(number) for number in range(start, start + 1000)]


class Clocked:
    """An encoder that takes a millisecond for a text by a clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.seen: list[str] = []

    def encode(self, texts: list[str]) -> None:
        self.now += 0.001 * len(texts)
        self.seen = texts


def test_all_texts_are_told_from_some(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Clocked()
    monkeypatch.setattr(module.time, "perf_counter", lambda: encoder.now)
    assert tokenizing_seconds(encoder, Many()) == pytest.approx(5.0)  # type: ignore[arg-type]
    assert (len(encoder.seen), encoder.seen[0], encoder.seen[-1]) == (2000, "0", "4999")
