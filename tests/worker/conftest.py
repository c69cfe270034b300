from pathlib import Path

import pytest

from app.paths import StateDirectory
from tests.kernel.fake import FakeKernel
from tests.worker.running import papers_machine, state_directory
from tests.worker.trying import Uptime


@pytest.fixture
def kernel() -> FakeKernel:
    return papers_machine()


@pytest.fixture
def home(tmp_path: Path) -> StateDirectory:
    return state_directory(tmp_path)


@pytest.fixture
def uptime() -> Uptime:
    return Uptime()
