"""A newer version of a package: the same one with another number and one more migration, as an upgrade brings it."""

import re
import subprocess
from pathlib import Path
from typing import Final

NEWER: Final = "9.9.9"
_MIGRATION: Final = '''"""An upgrade's migration, made for the proof."""

from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.execute("CREATE TABLE proof (number INTEGER)")
'''


def newer(package: Path, directory: Path) -> tuple[Path, str]:
    """Make the newer package; its path, and the schema that the older one has."""
    tree = directory / "newer"
    subprocess.run(["rm", "-rf", str(tree)], check=True)
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {NEWER}", control.read_text()))
    (versions,) = tree.glob("usr/lib/multihome/lib/python3*/site-packages/app/_resources/migrations/versions")
    head = max(path.name.partition("_")[0] for path in versions.glob("[0-9]*.py"))
    (versions / "9999_proof.py").write_text(_MIGRATION.format(head=head))
    path = directory / f"multihome_{NEWER}.deb"
    # Quick rather than small.
    command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(tree), str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path, head
