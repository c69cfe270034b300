from pathlib import Path

import pytest

from tests.store import databases


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated config.db that no test changes."""
    return databases.migrated(tmp_path_factory.mktemp("blank"))


@pytest.fixture
def config_db(blank_database: Path, tmp_path: Path) -> Path:
    """A migrated config.db of the test's own."""
    return databases.copy(blank_database, tmp_path)
