"""Every kind of check by one gateway's path: the sockets, and what they remember from one probe to the next."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from app.model.check import HttpCheck, IcmpCheck, LinkCheck, TcpCheck, UdpCheck
from app.model.probing import Answer, Failure, Outcome, Probe, Refusal
from app.probe.icmp import Pinger
from app.probe.path import Path, Report
from app.probe.tcp import Connector
from app.probe.udp import Questions

if TYPE_CHECKING:
    from app.probe.names import Names
    from app.probe.web import Fetcher


class Asker:
    """Asks by one path until it is closed. What DNS and HTTP need is loaded with the first check that needs it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pinger = Pinger(path)
        self._connector = Connector(path)
        self._questions = Questions(path)
        self._names: Names | None = None
        self._fetcher: Fetcher | None = None
        self._waiting: set[asyncio.Task[None]] = set()

    def ask(self, probe: Probe, report: Report) -> None:
        """Send one probe. What came of it within its time is reported, once; silence is not."""
        check, host, timeout_s = probe.check, probe.host, probe.timeout_s
        match check:
            case IcmpCheck():
                self._at(host, report, lambda address: self._pinger.ask(address, timeout_s, report))
            case TcpCheck(port=port):
                self._at(host, report, lambda address: self._connector.ask(host, address, port, timeout_s, report))
            case UdpCheck():
                self._at(host, report, lambda address: self._question(check, host, address, timeout_s, report))
            case HttpCheck():
                self._web().ask(check, timeout_s, report)
            case LinkCheck():
                raise ValueError("the link is not asked; the kernel tells")
            case _:
                assert_never(check)

    def close(self) -> None:
        """Close every socket; nothing more is reported. Idempotent."""
        for task in self._waiting:
            task.cancel()
        self._waiting.clear()
        for one in (self._fetcher, self._names, self._pinger, self._connector, self._questions):
            if one is not None:
                one.close()

    def _at(self, host: str, report: Report, send: Callable[[str], None]) -> None:
        """Send to the address of `host`, which may have to be resolved first."""
        address = host if _is_address(host) else self._resolver().known(host)
        if address is not None:
            send(address)
            return
        task = asyncio.get_running_loop().create_task(self._resolve_and(host, report, send))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _resolve_and(self, host: str, report: Report, send: Callable[[str], None]) -> None:
        from app.probe.names import Unresolved  # noqa: PLC0415 - loaded by _resolver only now

        try:
            address = await self._resolver().find(host)
        except Unresolved as error:
            report(Failure(str(error)))
        else:
            send(address)

    def _question(self, check: UdpCheck, host: str, address: str, timeout_s: float, report: Report) -> None:
        if check.payload:
            payload, expect = bytes.fromhex(check.payload), bytes.fromhex(check.expect)

            def judge(reply: bytes, rtt_s: float) -> Outcome | None:
                other = f"{host} port {check.port} answers something else than expected"
                return Answer(rtt_s) if expect in reply else Refusal(other)
        else:
            from app.probe.dnsquery import DnsQuery  # noqa: PLC0415 - 8 MB that most workers never need

            query = DnsQuery(check.query_name, check.query_type)
            payload = query.wire

            def judge(reply: bytes, rtt_s: float) -> Outcome | None:
                return query.judge(host, reply, rtt_s)

        self._questions.ask(host, address, check.port, payload=payload, judge=judge, timeout_s=timeout_s, report=report)

    def _resolver(self) -> "Names":
        if self._names is None:
            from app.probe.names import Names  # noqa: PLC0415 - 8 MB that most workers never need

            self._names = Names(self._path, self._questions)
        return self._names

    def _web(self) -> "Fetcher":
        if self._fetcher is None:
            from app.probe.web import Fetcher  # noqa: PLC0415 - 5 MB that most workers never need

            self._fetcher = Fetcher(self._path, self._resolver().find)
        return self._fetcher


def _is_address(host: str) -> bool:
    """The model lets no other host through that has digits and dots alone."""
    return host.replace(".", "").isdigit()
