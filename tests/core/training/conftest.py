"""Fixtures for the tests of training: a process that starts trainers quickly."""

from collections.abc import Iterator

import pytest
from killing import Trainers


@pytest.fixture(scope="session")
def trainers() -> Iterator[Trainers]:
    with Trainers() as started:
        yield started
