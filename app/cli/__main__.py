"""`python -m app.cli` is `multihome`."""

import sys

from app.cli.main import run

sys.exit(run())
