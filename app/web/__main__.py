"""`python -m app.web [HOST:PORT …]`: the panel of the state directory that MULTIHOME_HOME names."""

import logging
import os
import sys

from app.errors import MultihomeError
from app.journal import log_to
from app.paths import state_directory
from app.web.serve import run


def main(arguments: list[str]) -> int:
    """Run the panel; 1 when it cannot start."""
    log_to(os.environ, "multihome-panel", logging.WARNING)
    listen = [(host.strip("[]"), int(port)) for host, _, port in (one.rpartition(":") for one in arguments)]
    try:
        run(state_directory(), listen)
    except MultihomeError as error:
        print(f"multihome panel: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
