"""Resolves names for one gateway: this machine's name servers, queried through that gateway only.

A name that only another ISP's resolver knows must not make this ISP look good, nor the reverse.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as File

from app.model.probing import Answer, Failure, Outcome, Refusal
from app.probe.datagrams import Questions
from app.probe.dnsquery import DnsQuery
from app.probe.nameservers import RESOLV_CONF, nameservers
from app.probe.path import Path

# glibc waits 5 s for each server; that is too long for a probe.
_SERVER_TIMEOUT_S = 1.0
# With a time to live of 0 every probe would send a query; with one of a week a moved server would be missed.
_SHORTEST_S, _LONGEST_S = 5.0, 3600.0
# Twice eight checks of eight targets: through redirects a foreign server can name a new host every second.
MOST_KNOWN = 128

Found = tuple[tuple[str, ...], int]
"""The addresses of a name, and for how many seconds they hold."""


class Unresolved(Exception):
    """A name has no address through this gateway; the message says why."""


@dataclass(frozen=True, slots=True)
class _Known:
    address: str
    until_s: float


class Names:
    """The addresses of names, resolved through one path. An address that cannot be renewed stays in use: it may still
    be good.
    """

    def __init__(self, path: Path, questions: Questions, files: Sequence[File] = RESOLV_CONF) -> None:
        self._path = path
        self._questions = questions
        self._files = files
        self._known: dict[str, _Known] = {}
        self._lookups: dict[str, asyncio.Task[str]] = {}

    def known(self, name: str) -> str | None:
        """The cached address of `name`, or None. An expired one is returned and renewed in the background."""
        known = self._known.get(name)
        if known is not None and known.until_s <= asyncio.get_running_loop().time():
            self._lookup(name)
        return None if known is None else known.address

    async def find(self, name: str) -> str:
        """The address of `name`, from the cache or by a query. Raises Unresolved."""
        known = self.known(name)
        return await asyncio.shield(self._lookup(name)) if known is None else known

    def close(self) -> None:
        """Cancel all queries. Idempotent."""
        for task in self._lookups.values():
            task.cancel()
        self._lookups.clear()

    def _lookup(self, name: str) -> asyncio.Task[str]:
        """Resolve `name`; simultaneous requests share one query."""
        task = self._lookups.get(name)
        if task is None:
            task = self._lookups[name] = asyncio.get_running_loop().create_task(self._ask_all(name))
            task.add_done_callback(lambda done: self._looked_up(name, done))
        return task

    def _looked_up(self, name: str, done: asyncio.Task[str]) -> None:
        if self._lookups.get(name) is done:
            del self._lookups[name]
        if not done.cancelled():
            done.exception()  # marks it as retrieved: nothing else awaits a renewal in the background

    async def _ask_all(self, name: str) -> str:
        servers = [str(one) for one in nameservers(self._files)]
        if not servers:
            raise Unresolved(f"no name server for {name}: {self._files[0]} lists no other machine")
        said: list[str] = []
        for server in servers:
            found = await self._ask(name, server)
            if isinstance(found, str):
                said.append(found)
                continue
            addresses, ttl_s = found
            if not addresses:
                raise Unresolved(f"{name} has no address, says {server}")
            now_s = asyncio.get_running_loop().time()
            self._note(name, _Known(addresses[0], now_s + min(max(ttl_s, _SHORTEST_S), _LONGEST_S)))
            return addresses[0]
        raise Unresolved(f"cannot resolve {name} through {self._path.interface}: {', '.join(said)}")

    def _note(self, name: str, known: _Known) -> None:
        """Cache an address. If there are too many, the least recently resolved one is dropped."""
        self._known.pop(name, None)
        self._known[name] = known
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    async def _ask(self, name: str, server: str) -> Found | str:
        """The server's answer, or the reason why it is inconclusive."""
        try:
            query = DnsQuery(name, "A")
        except ValueError as error:
            raise Unresolved(str(error)) from error
        heard: asyncio.Future[Found | str] = asyncio.get_running_loop().create_future()

        def judge(payload: bytes, rtt_s: float) -> Outcome | None:
            found = query.addresses(payload)
            if found is None or heard.done():
                return None
            heard.set_result(f"{server} answers {found}" if isinstance(found, str) else found)
            return Answer(rtt_s)

        def report(outcome: Outcome) -> None:
            if isinstance(outcome, Refusal | Failure) and not heard.done():
                heard.set_result(outcome.text)

        self._questions.ask(
            server, server, 53, payload=query.wire, judge=judge, timeout_s=_SERVER_TIMEOUT_S, report=report
        )
        try:
            async with asyncio.timeout(_SERVER_TIMEOUT_S):
                return await heard
        except TimeoutError:
            return f"no reply from {server}"
