"""half_the_threads: fewer threads while another process needs the CPU, restored afterwards."""

from collections.abc import Iterator

import pytest
import torch

from core.prediction.predictor import half_the_threads


@pytest.fixture(autouse=True)
def restored_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("threads", "half"), [(1, 1), (2, 1), (5, 2)])
def test_half_the_threads_are_used_and_at_least_one(threads: int, half: int) -> None:
    torch.set_num_threads(threads)
    with half_the_threads():
        assert torch.get_num_threads() == half
    assert torch.get_num_threads() == threads


def test_the_threads_are_restored_after_an_error() -> None:
    torch.set_num_threads(2)
    with pytest.raises(ZeroDivisionError), half_the_threads():
        raise ZeroDivisionError
    assert torch.get_num_threads() == 2
