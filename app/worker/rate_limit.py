"""Limits how often clients may request something within a window of time."""

from collections import deque


class RateLimit:
    """At most `most` in any `window_s` seconds.

    Refused requests do not count: a client that keeps asking waits no longer than one that pauses.
    """

    def __init__(self, most: int, window_s: float) -> None:
        self._most = most
        self._window_s = window_s
        self._taken_s: deque[float] = deque()

    def take(self, now_s: float) -> bool:
        """Take one if there is one left at `now_s` (seconds of a monotonic clock); whether there was."""
        while self._taken_s and self._taken_s[0] <= now_s - self._window_s:
            self._taken_s.popleft()
        if len(self._taken_s) >= self._most:
            return False
        self._taken_s.append(now_s)
        return True
