"""The Debian package's parts: scripts that shells understand, and no name of a file that is not there."""

import re
import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
PACKAGE = TREE / "package"
SCRIPTS = ("debian/postinst", "debian/prerm", "debian/postrm", "build")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_has_no_known_trap(script: str) -> None:
    done = subprocess.run(
        ["shellcheck", str(PACKAGE / script)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == ""
    assert PACKAGE.joinpath(script).stat().st_mode & 0o111


def test_every_maintainer_script_and_unit_names_the_same_units() -> None:
    units = {path.name for path in (PACKAGE / "systemd").iterdir()}
    for script in ("postinst", "postrm"):
        named = re.search(r'units="([^"]+)"', (PACKAGE / "debian" / script).read_text())
        assert named is not None
        assert set(named[1].split()) == units
    stopped = re.findall(r"multihome-\w+\.\w+", (PACKAGE / "debian/prerm").read_text())
    assert set(stopped) == units


def test_what_the_build_takes_from_the_tree_is_there() -> None:
    build = (PACKAGE / "build").read_text()
    for name in ("requirements/runtime.txt", "package/debian/control", "package/debian/copyright", "package/systemd"):
        assert name in build
        assert (TREE / name).exists()
    for unit in (PACKAGE / "systemd").glob("*.service"):
        module = re.search(r"-m (app\.\w+)$", unit.read_text(), re.MULTILINE)
        assert module is not None
        assert (TREE / module[1].replace(".", "/") / "__main__.py").exists()
        for document in re.findall(r"/usr/share/doc/multihome/(\S+)", unit.read_text()):
            assert (TREE / document).exists()


def test_the_simulated_network_is_no_part_of_it() -> None:
    copied = re.findall(r"cp -R (.*) \S+\n", (PACKAGE / "build").read_text())
    assert [name for names in copied for name in names.split()] == ["app", "templates", "static", "migrations"]


def test_every_placeholder_is_filled_in() -> None:
    asked = {
        name
        for file in ("control", "changelog")
        for name in re.findall(r"@(\w+)@", (PACKAGE / "debian" / file).read_text())
    }
    filled = set(re.findall(r"s/@(\w+)@/", (PACKAGE / "build").read_text()))
    assert asked == filled


def test_links_of_the_installed_documentation_lead_to_what_is_installed() -> None:
    # The package has the documents in the places that they have in the tree, and no other file of it.
    installed = {TREE / name for name in ("README.md", "DESIGN.md", "CHANGELOG.md")} | set((TREE / "docs").glob("*.md"))
    assert "install -m 644 README.md DESIGN.md CHANGELOG.md " in (PACKAGE / "build").read_text()
    for page in installed:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith("http"):
                led = (page.parent / target).resolve()
                assert led in installed or led.parent == TREE / "docs/screenshots", f"{page.name}: {target}"
