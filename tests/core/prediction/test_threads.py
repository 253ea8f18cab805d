"""Fewer threads while another process needs the processor, and as many as before afterwards."""

from collections.abc import Iterator

import pytest
import torch

from core.prediction.predictor import half_the_threads


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("threads", "half"), [(1, 1), (2, 1), (5, 2)])
def test_it_is_half_of_them_and_one_at_least(threads: int, half: int) -> None:
    torch.set_num_threads(threads)
    with half_the_threads():
        assert torch.get_num_threads() == half
    assert torch.get_num_threads() == threads


def test_they_are_back_after_an_error() -> None:
    torch.set_num_threads(2)
    with pytest.raises(ZeroDivisionError), half_the_threads():
        raise ZeroDivisionError
    assert torch.get_num_threads() == 2
