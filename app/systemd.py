"""What systemd is told of a process: that it is ready, that its work goes on, that it ends (sd_notify(3)).

The protocol is one datagram for each word, so no library is needed. Where nobody asked, nobody is told.
"""

import os
import socket
import time
from collections.abc import Callable, MutableMapping
from typing import Final

# So often within the time after which systemd takes a silent process for hung; sd_watchdog_enabled(3) asks for two.
_BEATS_A_PERIOD: Final = 4


class Supervisor:
    """Whoever started this process, if it wants to hear from it. Children will not speak in its name."""

    def __init__(
        self,
        environment: MutableMapping[str, str] = os.environ,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what systemd left in the environment, and remove it from there."""
        address = environment.pop("NOTIFY_SOCKET", "")
        period_us = environment.pop("WATCHDOG_USEC", "")
        meant_for = environment.pop("WATCHDOG_PID", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        is_watched = period_us.isdecimal() and meant_for in ("", str(os.getpid()))
        self._pause_s = int(period_us) / 1_000_000 / _BEATS_A_PERIOD if is_watched else None
        self._monotonic = monotonic
        self._said_at_s: float | None = None

    @property
    def pause_s(self) -> float | None:
        """After how many seconds it wants the next beat at the latest; None when the first is all."""
        return self._pause_s if self._address else None

    def beat(self) -> None:
        """Say that the work goes on; the first time, also that the process is ready.

        To be called from the very place that must not stand still, as often as that comes by: what was said a
        moment ago is not said again.
        """
        now_s = self._monotonic()
        if self._said_at_s is None:
            self._say(b"READY=1\nWATCHDOG=1")
        elif self._pause_s is None or now_s - self._said_at_s < self._pause_s:
            return
        else:
            self._say(b"WATCHDOG=1")
        self._said_at_s = now_s

    def end(self) -> None:
        """Say that the process is about to end because it was told to."""
        self._say(b"STOPPING=1")

    def _say(self, words: bytes) -> None:
        """Never waits and never fails: a supervisor that does not listen is no reason to stop working."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as line:
                line.sendto(words, self._address)
        except OSError:
            return
