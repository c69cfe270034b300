"""Behavior 12: for each layer a fault that only this layer sees."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.model.check import Check, HttpCheck, IcmpCheck, LinkCheck, TcpCheck, UdpCheck
from app.model.verdict import Layer, State
from app.service.edits.settings import change_failover
from lab.lab import Lab
from lab.waiting import wait_until
from tests.lab import routed

INTERNET = ("10.0.0.3",)
LINK, ICMP = LinkCheck(), IcmpCheck(targets=INTERNET)
TCP, UDP = TcpCheck(targets=INTERNET, port=80), UdpCheck(targets=INTERNET)
HTTP = HttpCheck(url="http://10.0.0.3/generate_204", status=204)

PORTAL = """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Portal(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", "http://portal.example/login")
        self.end_headers()
HTTPServer(("0.0.0.0", 8000), Portal).serve_forever()
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("layers") as lab:
        portal = lab.spawn("isp1", [sys.executable, "-c", PORTAL])
        yield lab
        portal.kill()
        portal.communicate()


@contextmanager
def checked(lab: Lab, *checks: Check) -> Iterator[None]:
    """The router with these checks, quick to fall and to return."""
    # Without a hold: it doubles at every fall, and here are many.
    timing = {"interval_s": 0.3, "timeout_s": 0.5, "hold_s": 0}
    routed.change(lab, lambda config: change_failover(config, {"checks": checks, "timing": timing}))
    routed.wait_for_members(lab, 1, 2, limit_s=30)
    wait_until(lambda: proven(lab), "every check has had a reply", 30)
    yield
    routed.wait_for_members(lab, 1, 2, limit_s=60)


def proven(lab: Lab) -> bool:
    """Whether every check counts: one that never had a reply takes no ISP down."""
    return all(layer.ok for number in (1, 2) for layer in routed.gateway(lab, number).layers)


@contextmanager
def filtered(lab: Lab, *rules: str) -> Iterator[None]:
    """ISP 1 with a filter of its own."""
    chains = "type filter hook forward priority 0;", "type nat hook prerouting priority dstnat;"
    body = "".join(f"chain c{index} {{ {chains[index]} {rule}\n}}\n" for index, rule in enumerate(rules) if rule)
    lab.run("isp1", ["nft", "-f", "-"], stdin=f"table ip fault {{\n{body}}}\n")
    yield
    lab.run("isp1", ["nft", "delete", "table", "ip", "fault"])


def expect_down(lab: Lab, layer: Layer, words: str) -> None:
    wait_until(lambda: routed.gateway(lab, 1).layer is layer, f"the verdict is about {layer}", 15)
    down = routed.gateway(lab, 1)
    assert (down.state, down.layer) == (State.DOWN, layer)
    assert words in down.reason
    assert routed.gateway(lab, 2).state is State.UP


def expect_up(lab: Lab, *checks: Check) -> None:
    """With other checks the same fault is none."""
    routed.change(lab, lambda config: change_failover(config, {"checks": checks}))
    routed.wait_for_state(lab, 1, State.UP, limit_s=30)


def test_link_a_cut_cable(lab: Lab) -> None:
    with checked(lab, ICMP):
        lab.cut("balancer-isp1")
        expect_down(lab, Layer.CARRIER, "no carrier on eth1")
        lab.plug("balancer-isp1")


def test_icmp_the_gateway_is_alive_and_the_internet_behind_it_is_dead(lab: Lab) -> None:
    with checked(lab, ICMP):
        lab.silence("isp1-vmnet8")
        expect_down(lab, Layer.ICMP, "no reply from 10.0.0.3")
        expect_up(lab, LINK)
        lab.restore("isp1-vmnet8")


def test_http_works_where_icmp_is_filtered(lab: Lab) -> None:
    with checked(lab, ICMP), filtered(lab, "meta l4proto icmp drop"):
        expect_down(lab, Layer.ICMP, "no reply from 10.0.0.3")
        expect_up(lab, HTTP)


@pytest.mark.parametrize(
    ("check", "rule", "layer", "words"),
    [
        (TCP, "tcp dport 80 reject with tcp reset", Layer.TCP, "refuse"),
        (TCP, "tcp dport 80 drop", Layer.TCP, "10.0.0.3"),
        (UDP, "udp dport 53 drop", Layer.UDP, "10.0.0.3"),
    ],
    ids=["tcp refused", "tcp dropped", "udp dropped"],
)
def test_tcp_and_udp_a_closed_port(lab: Lab, check: Check, rule: str, layer: Layer, words: str) -> None:
    with checked(lab, ICMP, check), filtered(lab, rule):
        expect_down(lab, layer, words)
        expect_up(lab, ICMP)


def test_http_a_captive_portal_redirects(lab: Lab) -> None:
    with checked(lab, ICMP, TCP, HTTP), filtered(lab, "", "tcp dport 80 redirect to :8000"):
        expect_down(lab, Layer.HTTP, "302")
        expect_up(lab, ICMP, TCP)
