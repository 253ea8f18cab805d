"""Token ids of many texts in flat arrays."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.encoding import tokens
from core.encoding.tokens import Tokens, of_rows

TEXTS = st.lists(st.lists(st.integers(0, 300), min_size=1, max_size=20), max_size=12)


@pytest.fixture(scope="module", autouse=True)
def _small_blocks() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tokens, "_BLOCK", 7)
        yield


def test_used_ids_of_a_mapped_file_are_found_without_keeping_it_in_memory(tmp_path: Path) -> None:
    ids = np.arange(1 << 20, dtype=np.int32) % 5000
    ids.tofile(tmp_path / "ids.bin")
    mapped = np.memmap(tmp_path / "ids.bin", np.int32, mode="r")
    ends = np.array([0, len(ids)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tokens, "_BLOCK", 1 << 18)
        found = Tokens(mapped, ends, *np.array([[len(ids)], [0]], np.int32)).used_ids
    assert found.tolist() == list(range(5000))
    assert resident_kib(tmp_path / "ids.bin") == 0
    assert (mapped == ids).all()
    assert resident_kib(tmp_path / "ids.bin") >= 4096


def resident_kib(file: Path) -> int:
    """Memory of this process that a mapped file takes, in KiB."""
    _, _, mapping = Path("/proc/self/smaps").read_text().partition(str(file))
    return int(re.search(r"^Rss:\s+(\d+) kB", mapping, re.MULTILINE)[1])


@given(texts=TEXTS)
def test_used_ids_are_the_ids_that_occur(texts: list[list[int]]) -> None:
    found = of_rows([np.array(text, np.int32) for text in texts]).used_ids
    assert found.tolist() == sorted({number for text in texts for number in text})
