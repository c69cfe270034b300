"""UDP calls: datagrams at a steady rate on several flows, with a reply from the echo for each; all times are recorded.

Times are nanoseconds on the monotonic clock. Receive times are the kernel's (SO_TIMESTAMPNS), so a busy machine does
not look like a gap. Send times are taken before the system call.
"""

import select
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import pairwise
from typing import Any, Final

from lab.clocks import monotonic_less_wall_ns
from lab.inside import echo, report
from lab.inside.connections import Pair, pairs_of
from lab.topology import isp_of

_SO_TIMESTAMPNS: Final = 35
_TIMESPEC: Final = struct.Struct("qq")
_SEQUENCE: Final = struct.Struct("!Q")
_NS: Final = 1_000_000_000
_NEWS_EVERY_NS: Final = 50_000_000
# How long to wait for replies after the last datagram.
_LINGER_NS: Final = 300_000_000


@dataclass(frozen=True, slots=True)
class Flow:
    """One call. Entry *n* of each tuple is for datagram *n*: when it was sent, when its reply came (0: never), by which
    ISP.
    """

    client: IPv4Address
    place: IPv4Address
    sent_ns: tuple[int, ...]
    answered_ns: tuple[int, ...]
    isps: tuple[int, ...]
    refused: int = 0

    @property
    def first_isp(self) -> int | None:
        """The provider that carried the first reply."""
        return next((isp for isp in self.isps if isp), None)

    @property
    def last_isp(self) -> int | None:
        """The provider that carried the last reply."""
        return next((isp for isp in reversed(self.isps) if isp), None)

    def lost(self, since_ns: int = 0, until_ns: int | None = None) -> int:
        """How many datagrams sent from `since_ns` until before `until_ns` had no reply."""
        end_ns = self.sent_ns[-1] + 1 if until_ns is None and self.sent_ns else until_ns or 0
        times = zip(self.sent_ns, self.answered_ns, strict=True)
        return sum(1 for sent, answered in times if not answered and since_ns <= sent < end_ns)

    def longest_gap_ns(self, since_ns: int = 0) -> int:
        """The longest time between two consecutive replies, the second after `since_ns`."""
        times = sorted(time for time in self.answered_ns if time)
        gaps = (late - early for early, late in pairwise(times) if late > since_ns)
        return max(gaps, default=0)

    def first_answer_ns(self, since_ns: int, isp: int) -> int | None:
        """When the first reply through `isp` came to a datagram sent after `since_ns`; None if none did."""
        rows = zip(self.sent_ns, self.answered_ns, self.isps, strict=True)
        return min((got for sent, got, by in rows if got and by == isp and sent > since_ns), default=None)


class _Line:
    """One running flow."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((str(pair.client), 0))
        self.socket.connect((str(pair.place), echo.PORT))
        self.sent_ns: list[int] = []
        self.answered_ns: list[int] = []
        self.isps: list[int] = []
        self.refused = 0
        self.answers = 0
        self.last_isp = 0
        self._isp_of_line: dict[bytes, int] = {}

    def send(self) -> None:
        content = _SEQUENCE.pack(len(self.sent_ns))
        self.answered_ns.append(0)
        self.isps.append(0)
        self.sent_ns.append(time.monotonic_ns())
        try:
            self.socket.send(content)
        except OSError:
            self.refused += 1  # an ICMP error for an earlier datagram, or no route now: the call continues

    def receive(self, difference_ns: int) -> None:
        while True:
            try:
                answer, control, _, _ = self.socket.recvmsg(100, 64)
            except BlockingIOError:
                return
            except OSError:
                self.refused += 1
                continue
            self._keep(answer, control[0][2], difference_ns)

    def _keep(self, answer: bytes, stamp: bytes, difference_ns: int) -> None:
        seconds, nanoseconds = _TIMESPEC.unpack(stamp)
        # Not from the end: the line at the front has a variable length, the sequence number has not.
        line, number = answer[: -_SEQUENCE.size], _SEQUENCE.unpack(answer[-_SEQUENCE.size :])[0]
        if self.answered_ns[number]:
            return  # a duplicate
        if line not in self._isp_of_line:
            self._isp_of_line[line] = isp_of(echo.parse(line)[0]) or 0
        self.last_isp = self._isp_of_line[line]
        self.answered_ns[number] = seconds * _NS + nanoseconds + difference_ns
        self.isps[number] = self.last_isp
        self.answers += 1


def call(pairs: Sequence[Pair], *, rate_hz: float, duration_s: float | None) -> list[_Line]:
    """Call on all `pairs` at once, with `rate_hz` datagrams a second each, for `duration_s` or until stopped."""
    lines = [_Line(pair) for pair in pairs]
    poll = select.epoll()
    by_descriptor = {line.socket.fileno(): line for line in lines}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.EPOLLIN)
    period_ns = round(_NS / rate_hz)
    start_ns = next_ns = news_ns = time.monotonic_ns()
    end_ns = None if duration_s is None else start_ns + round(duration_s * _NS)
    while end_ns is None or next_ns < end_ns:
        for line in lines:
            line.send()
        _receive(poll, by_descriptor)
        now_ns = time.monotonic_ns()
        if now_ns >= news_ns:
            news_ns = now_ns + _NEWS_EVERY_NS
            report.progress([[line.answers, line.last_isp] for line in lines])
            if report.asked_to_stop():
                break
        # A machine too busy for the rate skips datagrams and keeps the rhythm; it never sends a burst to catch up.
        next_ns += period_ns * max(1, -(-(now_ns - next_ns) // period_ns))
        time.sleep(max(0, next_ns - time.monotonic_ns()) / _NS)
    linger_ns = time.monotonic_ns() + _LINGER_NS
    while (left_ns := linger_ns - time.monotonic_ns()) > 0 and any(0 in line.answered_ns for line in lines):
        _receive(poll, by_descriptor, timeout_s=left_ns / _NS)
    return lines


def _receive(poll: select.epoll, lines: dict[int, _Line], timeout_s: float = 0) -> None:
    ready = poll.poll(timeout_s)
    if not ready:
        return
    difference_ns = monotonic_less_wall_ns()
    for descriptor, _ in ready:
        lines[descriptor].receive(difference_ns)


def read(outcome: list[dict[str, Any]]) -> list[Flow]:
    """What `main` reported."""
    return [
        Flow(
            client=IPv4Address(flow["client"]),
            place=IPv4Address(flow["place"]),
            sent_ns=tuple(flow["sent_ns"]),
            answered_ns=tuple(flow["answered_ns"]),
            isps=tuple(flow["isps"]),
            refused=flow["refused"],
        )
        for flow in outcome
    ]


def main() -> None:
    """Do the task of this process and report it."""
    task = report.task()
    lines = call(pairs_of(task["pairs"]), rate_hz=task["rate_hz"], duration_s=task["duration_s"])
    report.result(
        [
            {
                "client": str(line.pair.client),
                "place": str(line.pair.place),
                "sent_ns": line.sent_ns,
                "answered_ns": line.answered_ns,
                "isps": line.isps,
                "refused": line.refused,
            }
            for line in lines
        ]
    )


if __name__ == "__main__":
    main()
