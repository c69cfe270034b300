"""`python -m lab.page`: the router's panel with the Simulation page, for the lab behind MULTIHOME_LAB_SOCKET."""

import os
import sys
from pathlib import Path
from typing import Final

from app.web.__main__ import main
from lab.page.simulation import Simulation

_SOCKET: Final = "MULTIHOME_LAB_SOCKET"

if __name__ == "__main__":
    if _SOCKET not in os.environ:
        print(f"set {_SOCKET} to the lab's socket; `lab up` starts this page by itself", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1:], Simulation(Path(os.environ[_SOCKET]))))
