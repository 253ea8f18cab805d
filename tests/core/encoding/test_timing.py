"""The estimated time of tokenization does not depend on the cache."""

from collections.abc import Iterator

import pytest

from core.encoding import encoder as module
from core.encoding.encoder import tokenizing_seconds


class ManyTexts:
    """Texts without a file."""

    def __len__(self) -> int:
        return 5000

    def chunks(self) -> Iterator[list[str]]:
        for start in range(0, 5000, 1000):
            yield [str(number) for number in range(start, start + 1000)]


class ClockedEncoder:
    """An encoder with its own clock: one millisecond per text."""

    def __init__(self) -> None:
        self.now = 0.0
        self.seen: list[str] = []

    def encode(self, texts: list[str]) -> None:
        self.now += 0.001 * len(texts)
        self.seen = texts


def test_the_time_is_extrapolated_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = ClockedEncoder()
    monkeypatch.setattr(module.time, "perf_counter", lambda: encoder.now)
    assert tokenizing_seconds(encoder, ManyTexts()) == pytest.approx(5.0)  # type: ignore[arg-type]
    assert (len(encoder.seen), encoder.seen[0], encoder.seen[-1]) == (2000, "0", "4999")
