"""Names by the gateway they are needed for: this machine's name servers, asked through that gateway alone.

A name that only another ISP's resolver can answer must not make this one look good, and the other way round.
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

# glibc waits 5 s for each; a probe has no such patience.
_SERVER_TIMEOUT_S = 1.0
# A time to live of 0 would have every probe ask again, and one of a week would outlive a moved server.
_SHORTEST_S, _LONGEST_S = 5.0, 3600.0
# Eight checks of eight targets, twice: where redirects are followed, a stranger can think of a new name every second.
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
    """The addresses of names, by one path. An address that cannot be renewed is used on: it may still be good."""

    def __init__(self, path: Path, questions: Questions, files: Sequence[File] = RESOLV_CONF) -> None:
        self._path = path
        self._questions = questions
        self._files = files
        self._known: dict[str, _Known] = {}
        self._lookups: dict[str, asyncio.Task[str]] = {}

    def known(self, name: str) -> str | None:
        """The address of `name` as it is known now, or None; one that is too old is renewed meanwhile."""
        known = self._known.get(name)
        if known is not None and known.until_s <= asyncio.get_running_loop().time():
            self._lookup(name)
        return None if known is None else known.address

    async def find(self, name: str) -> str:
        """The address of `name`, asked for where it is not known. Raises Unresolved."""
        known = self.known(name)
        return await asyncio.shield(self._lookup(name)) if known is None else known

    def close(self) -> None:
        """Give up what is under way. Idempotent."""
        for task in self._lookups.values():
            task.cancel()
        self._lookups.clear()

    def _lookup(self, name: str) -> asyncio.Task[str]:
        """Ask for `name`, once at a time however many want it."""
        task = self._lookups.get(name)
        if task is None:
            task = self._lookups[name] = asyncio.get_running_loop().create_task(self._ask_all(name))
            task.add_done_callback(lambda done: self._looked_up(name, done))
        return task

    def _looked_up(self, name: str, done: asyncio.Task[str]) -> None:
        if self._lookups.get(name) is done:
            del self._lookups[name]
        if not done.cancelled():
            done.exception()  # taken note of: a renewal in the background has nobody else who would

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
        """Remember an address; of too many the one that was asked for the longest ago is forgotten."""
        self._known.pop(name, None)
        self._known[name] = known
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    async def _ask(self, name: str, server: str) -> Found | str:
        """What the server says of the name, or in words why that settles nothing."""
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
