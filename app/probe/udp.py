"""The probes of a udp check: a DNS query, or a payload with an expected reply."""

from typing import TYPE_CHECKING

from app.model.check import UdpCheck
from app.model.probing import Answer, Outcome, Probe, Refusal
from app.probe.datagrams import RuleMatcher
from app.probe.path import Report

if TYPE_CHECKING:
    from app.probe.path_prober import PathProber, Sender


class _Datagrams:
    """Sends the datagrams through the prober's path."""

    def __init__(self, prober: "PathProber") -> None:
        self._prober = prober

    def send(self, probe: Probe, report: Report) -> None:
        """See Sender."""
        check, host = probe.check, probe.host
        assert isinstance(check, UdpCheck)  # noqa: S101 - the kind that names this module
        payload, judge = _question(check, host)
        questions, timeout_s = self._prober.questions, probe.timeout_s

        def send(address: str) -> None:
            questions.ask(host, address, check.port, payload=payload, judge=judge, timeout_s=timeout_s, report=report)

        self._prober.at(host, report, send)

    def close(self) -> None:
        """See Sender. The sockets belong to the prober, which also resolves names with them."""


def _question(check: UdpCheck, host: str) -> tuple[bytes, RuleMatcher]:
    """The payload to send, and the function that judges replies."""
    if not check.payload:
        from app.probe.dnsquery import DnsQuery  # noqa: PLC0415 - 8 MB that most workers never need

        query = DnsQuery(check.query_name, check.query_type)
        return query.wire, lambda reply, rtt_s: query.judge(host, reply, rtt_s)
    expect = bytes.fromhex(check.expect)

    def judge(reply: bytes, rtt_s: float) -> Outcome:
        other = f"{host} port {check.port} sent an unexpected reply"
        return Answer(rtt_s) if expect in reply else Refusal(other)

    return bytes.fromhex(check.payload), judge


def sender(prober: "PathProber") -> "Sender":
    """The sender of udp checks through this prober's path."""
    return _Datagrams(prober)
