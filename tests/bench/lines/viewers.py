"""Pages under twenty viewers, the weight of the dashboard, and one word to fifty viewers at once."""

import re
import threading
import time
from collections.abc import Iterator

import httpx

from app.model.verdict import State
from lab.lab import Lab
from lab.waiting import wait_until
from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic
from tests.bench.panel import paneled, visitors
from tests.lab import routed

GETS, FAN_OUTS = 300, 10
WATCHING, EACH, MANY = 20, 3, 50
PATHS = ("/", "/isps", "/isps/1", "/interfaces", "/failover", "/kernel", "/events", "/revisions", "/settings")
CARRIER_REST_S = 1.2


def figures(effort: Effort) -> Iterator[Figure]:
    """GETs in turn over all pages while twenty streams are open; then a cut cable told to fifty of them."""
    with paneled("b-viewers") as lab, visitors(lab, -(-MANY // EACH)) as people:
        yield Figure("dashboard, cold: compressed", "KB", (_weight_kb(people[0]),), Budget(70, Statistic.WORST))
        with _streams(people, WATCHING):
            took = tuple(_got_ms(people[0], PATHS[n % len(PATHS)]) for n in range(effort.runs(GETS)))
        yield Figure(f"GET of a page, {WATCHING} viewers", "ms", took, Budget(50, Statistic.P95))
        for viewers in (1, WATCHING, MANY):
            with _streams(people, viewers) as streams:
                spread = [ms for _ in range(effort.runs(FAN_OUTS)) for ms in _told_ms(lab, streams)]
            yield Figure(f"verdict → told to {viewers} viewers, each", "ms", tuple(spread), Budget(150, Statistic.P95))


def _got_ms(visitor: httpx.Client, path: str) -> float:
    started_s = time.perf_counter()
    visitor.get(path)
    return 1000 * (time.perf_counter() - started_s)


def _weight_kb(visitor: httpx.Client) -> float:
    """The page and what it names, as they come over the wire."""
    total = 0
    page = visitor.get("/")
    total += page.num_bytes_downloaded
    for path in sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))):
        total += visitor.get(path).num_bytes_downloaded
    return total / 1000


class _Stream:
    """One open dashboard: the times at which it was told of something, with what."""

    def __init__(self, visitor: httpx.Client) -> None:
        self._visitor = visitor
        self._ending = threading.Event()
        self.heard: list[tuple[float, str]] = []
        self.thread = threading.Thread(target=self._listen, daemon=True)

    def _listen(self) -> None:
        try:
            with self._visitor.stream("GET", "/live", params={"view": "status"}, timeout=30) as answer:
                for chunk in answer.iter_text():
                    self.heard.append((time.time(), chunk))
                    if self._ending.is_set():
                        return
        except httpx.HTTPError as error:
            self.heard.append((time.time(), f"broken: {error}"))

    def end(self) -> None:
        """Have it end with the next word."""
        self._ending.set()


class _Streams:
    """So many open dashboards, three of each person."""

    def __init__(self, people: list[httpx.Client], count: int) -> None:
        self.all = [_Stream(people[n // EACH]) for n in range(count)]

    def __enter__(self) -> list[_Stream]:
        for one in self.all:
            one.thread.start()
        wait_until(lambda: all(one.heard for one in self.all), "every stream has begun", 30)
        return self.all

    def __exit__(self, *_: object) -> None:
        for one in self.all:
            one.end()
        for one in self.all:
            one.thread.join(30)


def _streams(people: list[httpx.Client], count: int) -> _Streams:
    return _Streams(people, count)


def _told_ms(lab: Lab, streams: list[_Stream]) -> list[float]:
    """Cut a cable; how long after the verdict each viewer has the reason."""
    known = [len(one.heard) for one in streams]
    lab.cut("balancer-isp1")

    def told(stream: _Stream, since: int) -> float:
        return next((at_s for at_s, text in stream.heard[since:] if "no carrier on eth1" in text), 0.0)

    wait_until(lambda: all(told(*one) for one in zip(streams, known, strict=True)), "everybody was told", 15)
    down = routed.wait_for_state(lab, 1, State.DOWN)
    plugged_ns = lab.plug("balancer-isp1")
    routed.wait_for_members(lab, 1, 2, limit_s=30)
    routed.wait_for_beat(plugged_ns / 1e9 + CARRIER_REST_S)
    return [1000 * (told(*one) - down.since.timestamp()) for one in zip(streams, known, strict=True)]
