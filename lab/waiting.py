"""Waits for a condition, never for a fixed time."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

_POLL_S: Final = 0.01


def wait_until(condition: Callable[[], T | None], what: str, limit_s: float = 20.0) -> T:
    """The first true result of `condition`, called every 10 ms. Raises TimeoutError with `what` after `limit_s`."""
    deadline = time.monotonic() + limit_s
    while not (result := condition()):
        if time.monotonic() > deadline:
            msg = f"waited {limit_s:g} s in vain: {what}"
            raise TimeoutError(msg)
        time.sleep(_POLL_S)
    return result
