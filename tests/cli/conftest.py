from pathlib import Path

import pytest

from app.paths import VARIABLE
from tests.cli.console import Console
from tests.service.machine import BLANK
from tests.store import databases


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.migrated(tmp_path_factory.mktemp("blank"))


@pytest.fixture
def console(
    blank_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Console:
    """A console on the paper's balancer, blank, without a worker."""
    databases.copy(blank_database, tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return Console(tmp_path, BLANK, capsys)
