"""`python -m app.cli.health`: whether panel and worker of this machine are alive, for a container's health check.

It asks the panel, as anybody would, at `/api/v1/healthz`; exit status 0 means that both are.
"""

import http.client
import json
import ssl
import sys
from typing import Final

from app.errors import StoreUnavailable
from app.paths import StateDirectory, state_directory
from app.store.reader import read_head

_PATIENCE_S: Final = 4.0


def complaint(home: StateDirectory) -> str:
    """What is wrong, in words; empty if nothing is."""
    try:
        port = read_head(home.config_db).config.settings.panel.port
    except StoreUnavailable as error:
        return str(error)
    # Its own certificate says nothing about whether it is alive, and nothing secret is said.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = http.client.HTTPSConnection("127.0.0.1", port, timeout=_PATIENCE_S, context=context)
    try:
        line.request("GET", "/api/v1/healthz")
        health = json.loads(line.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"the panel does not answer on port {port}: {error}"
    finally:
        line.close()
    worker = health.get("worker") if isinstance(health, dict) else None
    return "" if worker == "alive" else f"the worker is {worker}"


if __name__ == "__main__":
    wrong = complaint(state_directory())
    if wrong:
        print(wrong)
    sys.exit(1 if wrong else 0)
