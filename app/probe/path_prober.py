"""Every kind of check by one gateway's path: the sockets, and what they remember from one probe to the next."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from app.model.probing import Failure, Probe
from app.probe.datagrams import Questions
from app.probe.path import Path, Report

if TYPE_CHECKING:
    from app.probe.names import Names


class Sender(Protocol):
    """Sends the probes of one kind of check. Its module's `sender(prober)` makes one for a path."""

    def send(self, probe: Probe, report: Report) -> None:
        """Send one probe. What comes of it within its time is reported, once; silence is not."""
        ...

    def close(self) -> None:
        """Close every socket; nothing more is reported. Idempotent."""
        ...


class PathProber:
    """Sends probes by one path until it is closed.

    A kind's module is loaded with its first probe: what DNS and HTTP need takes 8 and 5 MB that most workers save.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.questions = Questions(path)
        self._senders: dict[str, Sender] = {}
        self._names: Names | None = None
        self._waiting: set[asyncio.Task[None]] = set()

    def ask(self, probe: Probe, report: Report) -> None:
        """Send one probe. What came of it within its time is reported, once; silence is not."""
        name = probe.check.prober
        if not name:
            raise ValueError("the link is not probed; the kernel reports it")
        if name not in self._senders:
            self._senders[name] = import_module(f"app.probe.{name}").sender(self)
        self._senders[name].send(probe, report)

    def close(self) -> None:
        """Close every socket; nothing more is reported. Idempotent."""
        for task in self._waiting:
            task.cancel()
        self._waiting.clear()
        for one in (*self._senders.values(), self._names, self.questions):
            if one is not None:
                one.close()
        self._senders.clear()
        self._names = None

    def at(self, host: str, report: Report, send: Callable[[str], None]) -> None:
        """Send to the address of `host`, which may have to be resolved first."""
        address = host if _is_address(host) else self._resolver().known(host)
        if address is not None:
            send(address)
            return
        task = asyncio.get_running_loop().create_task(self._resolve_and(host, report, send))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def find(self, name: str) -> str:
        """Resolve a name through the same path. Raises Unresolved."""
        return await self._resolver().find(name)

    async def _resolve_and(self, host: str, report: Report, send: Callable[[str], None]) -> None:
        from app.probe.names import Unresolved  # noqa: PLC0415 - loaded by _resolver only now

        try:
            address = await self.find(host)
        except Unresolved as error:
            report(Failure(str(error)))
        else:
            send(address)

    def _resolver(self) -> "Names":
        if self._names is None:
            from app.probe.names import Names  # noqa: PLC0415 - 8 MB that most workers never need

            self._names = Names(self.path, self.questions)
        return self._names


def _is_address(host: str) -> bool:
    """The model lets no other host through that has digits and dots alone."""
    return host.replace(".", "").isdigit()
