"""Names by the gateway they are needed for: this machine's name servers, asked through that gateway alone.

A name that only another ISP's resolver can answer must not make this one look good, and the other way round.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path as File

from app.model.probing import Answer, Outcome
from app.probe.dnsquery import DnsQuery
from app.probe.path import Path
from app.probe.udp import Questions

# Where only a stub on this machine is listed (systemd-resolved), its own list of servers is the one that counts: what
# listens on the loopback cannot be asked through a gateway.
RESOLV_CONF = (File("/etc/resolv.conf"), File("/run/systemd/resolve/resolv.conf"))

# glibc waits 5 s for each; a probe has no such patience.
_SERVER_TIMEOUT_S = 1.0
# A time to live of 0 would have every probe ask again, and one of a week would outlive a moved server.
_SHORTEST_S, _LONGEST_S = 5.0, 3600.0


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
        servers = tuple(nameservers(self._files))
        if not servers:
            raise Unresolved(f"no name server to ask for {name}: {self._files[0]} lists none beyond this machine")
        for server in servers:
            found = await self._ask(name, server)
            if found is None:
                continue
            addresses, ttl_s = found
            if not addresses:
                raise Unresolved(f"{name} has no address, says {server}")
            now_s = asyncio.get_running_loop().time()
            self._known[name] = _Known(addresses[0], now_s + min(max(ttl_s, _SHORTEST_S), _LONGEST_S))
            return addresses[0]
        raise Unresolved(f"cannot resolve {name}: no answer from {', '.join(servers)} through {self._path.interface}")

    async def _ask(self, name: str, server: str) -> tuple[tuple[str, ...], int] | None:
        query = DnsQuery(name, "A")
        heard = asyncio.get_running_loop().create_future()

        def judge(payload: bytes, rtt_s: float) -> Outcome | None:
            # Whatever else the server says, it is the response to this query.
            if query.read(payload) is None:
                return None
            heard.set_result(query.addresses(payload))
            return Answer(rtt_s)

        def report(_: Outcome) -> None:
            if not heard.done():
                heard.set_result(None)

        self._questions.ask(
            server, server, 53, payload=query.wire, judge=judge, timeout_s=_SERVER_TIMEOUT_S, report=report
        )
        try:
            async with asyncio.timeout(_SERVER_TIMEOUT_S):
                found: tuple[tuple[str, ...], int] | None = await heard
        except TimeoutError:
            return None
        return found


def nameservers(files: Sequence[File]) -> Iterator[str]:
    """The name servers of the first file that lists any beyond this machine (resolv.conf(5)); IPv4 only."""
    for file in files:
        try:
            lines = file.read_text(errors="replace").splitlines()
        except OSError:
            continue
        found = [words[1] for line in lines if len(words := line.split()) >= 2 and words[0] == "nameserver"]
        good = [server for server in found if _beyond_this_machine(server)]
        if good:
            yield from good[:3]
            return


def _beyond_this_machine(server: str) -> bool:
    try:
        address = IPv4Address(server)
    except AddressValueError:
        return False
    return not address.is_loopback and not address.is_unspecified
