"""What the tests of the service share: one process a file."""

from collections.abc import Iterator

import pytest
from service_client import Client, start


@pytest.fixture(scope="module")
def service() -> Iterator[Client]:
    client = start("-m", "core.service")
    yield client
    assert client.end() == b""
    assert client.process.returncode == 0
