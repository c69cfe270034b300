"""What no test may leave behind for the next one, and which tests need the processors to themselves."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.chance import SEARCHES
from tests.pace import ROUNDS

# Simulated minutes take real milliseconds, more of them on a busy machine: no verdict on that here. Each run tries the
# same examples, so that none fails by luck; a search tries others, and ten times as many.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
BUSY = settings.get_profile("busy")
settings.register_profile("same", BUSY, derandomize=True, database=None)
settings.register_profile("search", BUSY, max_examples=1000)
settings.load_profile("search" if SEARCHES else "same")

# Whoever runs the tests may have come by SSH, with sudo too; the console would take what it is told for a risk.
os.environ["SSH_CONNECTION"] = ""

TESTS = Path(__file__).parent
# Here are real packets and processes, which people would wait for, unless a module says that it is `patient`.
WITH_PACKETS = {"kernel", "lab", "probe", "worker"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark with `packets` what shares its processors only with what has a lower priority (side_by_side.py)."""
    for item in items:
        area = item.path.relative_to(TESTS).parts[0]
        if area in WITH_PACKETS and item.get_closest_marker("patient") is None:
            item.add_marker("packets")


def pytest_sessionstart() -> None:
    ROUNDS.start()


def pytest_unconfigure() -> None:
    ROUNDS.stop()


def pytest_runtest_setup() -> None:
    ROUNDS.test_began_s = time.monotonic()


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """The console and the panel narrow the umask of their process, and in tests that is everybody's."""
    os.umask(0o022)
    yield
    os.umask(0o022)
