"""`python -m lab.page`: the router's panel with the Simulation page, for the lab behind MULTIHOME_LAB_SOCKET."""

import os
import sys
from pathlib import Path

from app.web.__main__ import main
from lab.page.simulation import Simulation

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Simulation(Path(os.environ["MULTIHOME_LAB_SOCKET"]))))
