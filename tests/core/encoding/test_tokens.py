"""Token ids of many texts in flat arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.encoding import tokens
from core.encoding.tokens import of_rows

TEXTS = st.lists(st.lists(st.integers(0, 300), min_size=1, max_size=20), max_size=12)


@pytest.fixture(scope="module", autouse=True)
def _small_blocks() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tokens, "_BLOCK", 7)
        yield


@given(texts=TEXTS)
def test_the_ids_that_are_used_are_those_that_occur(texts: list[list[int]]) -> None:
    found = of_rows([np.array(text, np.int32) for text in texts]).used_ids
    assert found.tolist() == sorted({number for text in texts for number in text})
