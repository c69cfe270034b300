"""The monotonic clock, and the wall clock of the kernel's timestamps."""

import time
from typing import Final

_AT_ONCE_NS: Final = 20_000
_TRIES: Final = 20


def monotonic_less_wall_ns() -> int:
    """The difference to add to a wall-clock time to get the monotonic time.

    The clocks are read one after the other, and on a busy machine milliseconds may pass in between: the closest of
    several readings counts.
    """
    closest_ns, difference_ns = -1, 0
    for _ in range(_TRIES):
        before_ns, wall_ns, after_ns = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        if closest_ns < 0 or after_ns - before_ns < closest_ns:
            closest_ns, difference_ns = after_ns - before_ns, after_ns - wall_ns
        if closest_ns < _AT_ONCE_NS:
            break
    return difference_ns
