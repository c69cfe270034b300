"""Every real test has a network namespace of its own, which needs root: without it these tests fail, and say so."""

from collections.abc import Iterator

import pytest

from tests.kernel.namespace import Namespace
from tests.kernel.worlds import FakeWorld, RealWorld, World


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    made = Namespace()
    yield made
    made.close()


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made: World = FakeWorld() if request.param == "fake" else RealWorld()
    yield made
    made.close()
