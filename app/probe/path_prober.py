"""Probes of all kinds through one gateway's path: the sockets, and the state that they keep between probes."""

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
    """Sends the probes of one kind of check. The kind's module creates one for a path with `sender(prober)`."""

    def send(self, probe: Probe, report: Report) -> None:
        """Send one probe. Its outcome within the timeout is reported once; silence is not reported."""
        ...

    def close(self) -> None:
        """Close every socket; nothing more is reported. Idempotent."""
        ...


class PathProber:
    """Sends probes through one path until it is closed.

    A kind's module is loaded with its first probe: DNS takes 8 MB and HTTP 5 MB, which most workers save.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.questions = Questions(path)
        self._senders: dict[str, Sender] = {}
        self._names: Names | None = None
        self._waiting: set[asyncio.Task[None]] = set()

    def ask(self, probe: Probe, report: Report) -> None:
        """Send one probe. Its outcome within the timeout is reported once; silence is not reported."""
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
        """Send to the address of `host`, after resolving it if needed."""
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
    """Whether `host` is an address. The model accepts no other host of digits and dots only."""
    return host.replace(".", "").isdigit()
