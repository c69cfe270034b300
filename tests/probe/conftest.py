from collections.abc import Iterator

import pytest

from tests.probe.network import Network


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def network() -> Iterator[Network]:
    """Two ISPs; the test runs inside the router."""
    made = Network()
    try:
        made.start()
        with made.inside("router"):
            yield made
    finally:
        made.stop()
