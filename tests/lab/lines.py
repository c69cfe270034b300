"""What every ISP has to do whatever its line is like: carry its share, be left out when dead, answer who calls in."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from typing import Literal

from lab.lab import Lab
from lab.measures import pairs
from tests.lab import routed

OWN_PORT, FORWARDED_PORT = 8007, 8008
SERVER = IPv4Address("62.231.110.70")
FORWARD = f"""
table ip somebody_elses {{
    chain prerouting {{
        type nat hook prerouting priority dstnat
        iifname != "eth0" meta l4proto {{ tcp, udp }} th dport {FORWARDED_PORT} dnat to {SERVER}
    }}
}}
"""


def require_balance(lab: Lab) -> None:
    """Both ISPs of a lab carry new connections, and every one is answered."""
    counts = routed.by_isp(lab.connections(pairs(200)))
    assert set(counts) == {1, 2}, counts
    assert min(counts.values()) > 50, counts


def require_failover(lab: Lab, dead: int) -> None:
    """An ISP dies behind its own address: a call on it goes on through the other, and it comes back."""
    other = 3 - dead
    routed.wait_for_members(lab, 1, 2)
    with lab.udp_call(routed.pairs_by_isp(lab, dead, 2), rate_hz=100) as moved:
        with lab.udp_call(routed.pairs_by_isp(lab, other, 2), rate_hz=100) as untouched:
            lab.silence(f"isp{dead}-vmnet8")
            try:
                moved.wait_for(lambda latest: all(isp == other for _, isp in latest), "they go on elsewhere")
                assert set(routed.by_isp(lab.connections(pairs(50)))) == {other}
            finally:
                lab.restore(f"isp{dead}-vmnet8")
            routed.wait_for_members(lab, 1, 2)
            assert [(flow.last_isp, flow.lost()) for flow in untouched.stop()] == [(other, 0)] * 2
        assert [flow.last_isp for flow in moved.stop()] == [other] * 2


@contextmanager
def called(lab: Lab, own: dict[int, IPv4Address]) -> Iterator[None]:
    """A service on the balancer and one behind it, and at each ISP a port forwarded to each. `own`: our addresses."""
    routed.console(lab, f"guard allow {OWN_PORT}/tcp+udp")
    lab.run("balancer", ["nft", "-f", "-"], stdin=FORWARD)
    for isp, address in own.items():
        for port in (OWN_PORT, FORWARDED_PORT):
            rule = f"iifname eth2 meta l4proto {{ tcp, udp }} th dport {port} dnat to {address}"
            lab.run(f"isp{isp}", ["nft", "-f", "-"], stdin=f"add rule ip provider forwarded_ports {rule}\n")
    with lab.serve("balancer", OWN_PORT), lab.serve("host", FORWARDED_PORT, address=str(SERVER)):
        yield


def require_answers(lab: Lab, isp: int) -> None:
    """Whoever calls in through this ISP is answered through it."""
    protocols: tuple[Literal["tcp", "udp"], ...] = ("tcp", "udp")
    for protocol in protocols:
        for port in (OWN_PORT, FORWARDED_PORT):
            with lab.dial_in(isp, protocol, port, exchanges=3) as dialled:
                result = dialled.result()
            outcome = (protocol, port, result.answers, result.error, result.replied_from)
            assert outcome == (protocol, port, 3, "", lab.isp(isp).outside.ip)
