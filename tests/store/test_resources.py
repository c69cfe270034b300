"""The files that are not code are found in a checkout, and in what a wheel leaves behind."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.resources import resource_directory

CHECKOUT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")

PROGRAM = """
import json
from pathlib import Path
import app
from app.paths import state_directory
from app.resources import resource_directory
from app.store.migrate import migrate
from app.store.reader import read_head

migrate(state_directory().config_db)
found = {name: str(resource_directory(name)) for name in ("templates", "static", "migrations")}
from lab.page.simulation import RESOURCES
assert all((RESOURCES / name).exists() for name in ("templates/simulation.html", "static/simulation.css"))
print(json.dumps({"app": app.__file__, "head": read_head(state_directory().config_db).number, **found}))
"""


@pytest.mark.parametrize("name", ["templates", "static", "migrations"])
def test_in_a_checkout_they_lie_beside_the_code(name: str) -> None:
    assert resource_directory(name) == CHECKOUT / name  # type: ignore[arg-type]


def test_an_installed_wheel_finds_its_own_and_migrates(tmp_path: Path) -> None:
    build = [str(UV), "build", "--quiet", "--wheel", "--no-build-isolation", "--offline", "--out-dir", str(tmp_path)]
    subprocess.run([*build, "--python", sys.executable], cwd=CHECKOUT, check=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    environment = {**os.environ, "PYTHONPATH": str(site), "MULTIHOME_HOME": str(tmp_path / "home")}
    words = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert '"head": 0' in ended.stdout
    for name in ("templates", "static", "migrations"):
        assert f'"{name}": "{site}/app/_resources/{name}"' in ended.stdout
