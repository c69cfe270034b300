from pathlib import Path

import pytest

from app.paths import StateDirectory
from tests.store import databases


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.migrated(tmp_path_factory.mktemp("blank"))


@pytest.fixture
def home(blank_database: Path, tmp_path: Path) -> StateDirectory:
    """A state directory with a migrated config.db and nothing in it."""
    databases.copy(blank_database, tmp_path)
    return StateDirectory(tmp_path)
