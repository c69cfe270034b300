"""Behavior 9: what comes in by an ISP is answered through that ISP, whatever balancing prefers."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Literal

import pytest

from lab.lab import Lab
from lab.router import paper_commands
from tests.lab import routed

OWN_PORT, FORWARDED_PORT = 8007, 8008
SERVER = IPv4Address("62.231.110.70")
FORWARD = f"""
table ip somebody_elses {{
    chain prerouting {{
        type nat hook prerouting priority dstnat
        iifname {{ "eth1", "eth2" }} meta l4proto {{ tcp, udp }} th dport {FORWARDED_PORT} dnat to {SERVER}
    }}
}}
"""


@pytest.fixture(scope="module", params=[0, 1, 2], ids="rp_filter={}".format)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with routed.routed(f"inbound{request.param}", blank=True) as lab:
        names = ("all", "default", "eth1", "eth2")
        lab.run("balancer", ["sysctl", "-qw", *(f"net.ipv4.conf.{name}.rp_filter={request.param}" for name in names)])
        lab.run("balancer", ["nft", "-f", "-"], stdin=FORWARD)
        # Balancing sends all but nothing through ISP 2.
        typed = [*paper_commands(lab.plan), "gateway weight 1 256", "guard on", f"guard allow {OWN_PORT}/tcp+udp"]
        lab.run("balancer", ["config", "batch", "-"], stdin="\n".join(typed) + "\n")
        routed.settled(lab)
        routed.wait_for_members(lab, 1, 2)
        for isp in (1, 2):
            for protocol in ("tcp", "udp"):
                lab.forward_port(isp, protocol, OWN_PORT, OWN_PORT)
                lab.forward_port(isp, protocol, FORWARDED_PORT, FORWARDED_PORT)
        with lab.serve("balancer", OWN_PORT), lab.serve("host", FORWARDED_PORT, address=str(SERVER)):
            yield lab


@pytest.mark.parametrize("isp", [1, 2])
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
@pytest.mark.parametrize("port", [OWN_PORT, FORWARDED_PORT], ids=["own service", "forwarded port"])
def test_every_reply_leaves_by_the_isp_it_came_through(
    lab: Lab, port: int, protocol: Literal["tcp", "udp"], isp: int
) -> None:
    other = 3 - isp
    strays = lab.capture(
        "balancer",
        f"eth{other}",
        lambda packet: packet.outgoing and port in {packet.source_port, packet.destination_port},
    )
    with strays, lab.dial_in(isp, protocol, port, exchanges=5) as dialled:
        result = dialled.result()
        stray = strays.stop()
    assert (result.answers, result.error) == (5, "")
    assert result.replied_from == lab.isp(isp).outside.ip
    assert stray == []
