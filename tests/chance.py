"""The dice of tests that play games of chance: the same in each run, so that none fails by luck.

With `MULTIHOME_SEARCH=1` these tests, and hypothesis' (conftest.py), draw anew. What such a search finds is repeated
with the variable that the test prints, such as `MULTIHOME_WALK_SEED=…`.
"""

import os
import random

SEARCHES = os.environ.get("MULTIHOME_SEARCH") == "1"
SAME_SEED = 1


def seed(game: str) -> int:
    """The seed of a game, which it prints."""
    name = f"MULTIHOME_{game.upper()}_SEED"
    drawn = random.SystemRandom().randrange(1_000_000) if SEARCHES else SAME_SEED
    chosen = int(os.environ.get(name, drawn))
    print(f"{name}={chosen}", flush=True)
    return chosen


def dice(game: str) -> random.Random:
    """The dice of a game."""
    return random.Random(seed(game))  # noqa: S311 - a game of chance, not a secret
