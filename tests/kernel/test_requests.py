"""What the worker loads of pyroute2."""

import json
import subprocess
import sys

PROGRAM = """
import json, sys
import app.worker.worker, app.kernel.linux
from app.kernel.requests import AsyncIPRoute
loaded = sorted(name for name in sys.modules if name.startswith("pyroute2."))
import pyroute2
print(json.dumps([loaded, pyroute2.AsyncIPRoute is AsyncIPRoute, hasattr(pyroute2, "NDB")]))
"""


def test_only_what_is_used_and_the_package_is_whole_for_others() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    loaded, same, whole = json.loads(said)
    assert "pyroute2.iproute.linux" in loaded
    assert not [name for name in loaded if name.startswith(("pyroute2.ndb", "pyroute2.ipvs", "pyroute2.wiset"))]
    assert same
    assert whole
