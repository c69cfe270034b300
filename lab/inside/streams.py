"""TCP connections that stay open, and how they end: clients that send, or that only wait for a download.

Times are nanoseconds on the monotonic clock.
"""

import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Final, Literal

from lab.inside import echo, report, web
from lab.inside.connections import Pair, pairs_of
from lab.topology import isp_of

Ending = Literal["open", "reset", "closed", "timed out", "unreachable"]

_NS: Final = 1_000_000_000
_CONNECT_LIMIT_S: Final = 3.0
_NEWS_EVERY_S: Final = 0.02
_CLIENT_ADDRESS: Final = b"X-Client-Address: "


@dataclass(frozen=True, slots=True)
class Stream:
    """One connection. `ended_ns`: when the client learned of its end, None while it is `open`. `heard_ns`: the times of
    reception. `isp`: the provider that carried it.
    """

    client: IPv4Address
    place: IPv4Address
    isp: int | None
    ending: Ending
    ended_ns: int | None
    heard_ns: tuple[int, ...]
    detail: str = ""


class Line:
    """One running connection."""

    def __init__(self, pair: Pair, *, talks: bool) -> None:
        self.pair = pair
        self.talks = talks
        self.isp: int | None = None
        self.ending: Ending = "open"
        self.ended_ns: int | None = None
        self.heard_ns: list[int] = []
        self.detail = ""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(_CONNECT_LIMIT_S)
        try:
            self._open()
        except (OSError, ValueError) as failure:
            self._end_with(failure)
        self.socket.setblocking(False)

    def say(self) -> None:
        """Send a few bytes, like a user at a terminal."""
        try:
            self.socket.send(b"still there?\n")
        except BlockingIOError:
            return  # the buffer is full of unacknowledged data
        except OSError as failure:
            self._end_with(failure)

    def hear(self) -> None:
        """Read what arrived, or notice the end."""
        try:
            heard = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError as failure:
            self._end_with(failure)
            return
        if heard:
            self.heard_ns.append(time.monotonic_ns())
        else:
            self._end("closed")

    def _open(self) -> None:
        self.socket.bind((str(self.pair.client), 0))
        self.socket.connect((str(self.pair.place), echo.PORT if self.talks else web.PORT))
        if self.talks:
            self.isp = isp_of(echo.parse(self.socket.recv(100))[0])
        else:
            self.socket.sendall(b"GET /download HTTP/1.1\r\nHost: internet\r\n\r\n")
            head = self.socket.recv(4096)
            self.isp = isp_of(head.partition(_CLIENT_ADDRESS)[2].partition(b"\r\n")[0].decode())
        self.heard_ns.append(time.monotonic_ns())

    def _end_with(self, failure: Exception) -> None:
        self.detail = str(failure)
        if isinstance(failure, ConnectionResetError | BrokenPipeError):
            self._end("reset")
        elif isinstance(failure, TimeoutError):
            self._end("timed out")
        else:
            self._end("unreachable")

    def _end(self, ending: Ending) -> None:
        if self.ending != "open":
            return  # after a reset that a send has already reported, a read returns an orderly end
        self.ending = ending
        self.ended_ns = time.monotonic_ns()


def watch(pairs: Sequence[Pair], *, say_every_s: float | None) -> list[Line]:
    """Keep connections on all `pairs` until each has ended, or until stopped.

    With `say_every_s` the clients send at that interval; without, they only wait for a download.
    """
    lines = [Line(pair, talks=say_every_s is not None) for pair in pairs]
    poll = select.epoll()
    by_descriptor = {line.socket.fileno(): line for line in lines if line.ending == "open"}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.EPOLLIN)
    poll.register(report.STDIN, select.EPOLLIN)
    say_ns = news_ns = time.monotonic_ns()
    while by_descriptor:
        now_ns = time.monotonic_ns()
        if say_every_s is not None and now_ns >= say_ns:
            say_ns = now_ns + round(say_every_s * _NS)
            for line in by_descriptor.values():
                line.say()
        if now_ns >= news_ns:
            news_ns = now_ns + round(_NEWS_EVERY_S * _NS)
            report.progress([[line.ending, len(line.heard_ns)] for line in lines])
        for descriptor, _ in poll.poll(min(_NEWS_EVERY_S, say_every_s or _NEWS_EVERY_S)):
            if descriptor == report.STDIN:
                return lines
            by_descriptor[descriptor].hear()
        for descriptor in [key for key, line in by_descriptor.items() if line.ending != "open"]:
            poll.unregister(descriptor)
            del by_descriptor[descriptor]
    return lines


def read(outcome: list[dict[str, Any]]) -> list[Stream]:
    """What `main` reported."""
    return [
        Stream(
            client=IPv4Address(stream["client"]),
            place=IPv4Address(stream["place"]),
            isp=stream["isp"],
            ending=stream["ending"],
            ended_ns=stream["ended_ns"],
            heard_ns=tuple(stream["heard_ns"]),
            detail=stream["detail"],
        )
        for stream in outcome
    ]


def main() -> None:
    """Do the task of this process and report it."""
    task = report.task()
    lines = watch(pairs_of(task["pairs"]), say_every_s=task["say_every_s"])
    report.result(
        [
            {
                "client": str(line.pair.client),
                "place": str(line.pair.place),
                "isp": line.isp,
                "ending": line.ending,
                "ended_ns": line.ended_ns,
                "heard_ns": line.heard_ns,
                "detail": line.detail,
            }
            for line in lines
        ]
    )


if __name__ == "__main__":
    main()
