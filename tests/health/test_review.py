from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

import pytest

from app.errors import FieldError
from app.health.review import review
from app.model.check import Check, HttpCheck, IcmpCheck, LinkCheck, UdpCheck
from app.model.choices import Role
from app.model.config import Config, Failover, Gateway, Interface, Settings
from app.model.facts import AddressFact, Facts, Link
from app.model.leg import IPv4Leg
from app.model.timing import Timing, TimingOverrides


def link(name: str, address: str) -> Link:
    return Link(name=name, index=1, up=True, carrier=True, addresses=(AddressFact(address=IPv4Interface(address)),))


FACTS = Facts(links=(link("eth0", "62.231.110.65/26"), link("eth1", "192.168.1.1/24"), link("eth2", "172.17.0.1/24")))
GOOD = IcmpCheck(targets=("10.0.0.3",))


def config(
    *checks: Check, own: tuple[Check, ...] | None = None, timing: Timing | None = None, enabled: bool = True
) -> Config:
    return Config(
        interfaces=(
            Interface(name="eth0", role=Role.LAN),
            Interface(name="eth1", role=Role.WAN),
            Interface(name="eth2", role=Role.WAN),
        ),
        gateways=(
            Gateway(number=1, name="A", interface="eth1", ipv4=IPv4Leg(address=IPv4Address("192.168.1.2"))),
            Gateway(number=2, name="B", interface="eth2", ipv4=IPv4Leg(address=IPv4Address("172.17.0.2")), checks=own),
        ),
        settings=Settings(failover=Failover(enabled=enabled, checks=checks, timing=timing or Timing())),
    )


def test_the_papers_check_and_timing_leave_no_doubt() -> None:
    assert review(config(GOOD), FACTS) == ()
    assert review(config(GOOD, timing=Timing(interval_s=0.2, timeout_s=0.4)), FACTS) == ()


@pytest.mark.parametrize(
    ("check", "field", "message"),
    [
        (
            IcmpCheck(targets=("10.0.0.3", "192.168.1.2")),
            "targets.1",
            "192.168.1.2 is on the subnet of A itself: this checks the modem, not the Internet",
        ),
        (
            IcmpCheck(targets=("192.168.1.1",)),
            "targets.0",
            "192.168.1.1 is an address of this router (eth1): a probe of it would not leave the router",
        ),
        (
            IcmpCheck(targets=("62.231.110.66",)),
            "targets.0",
            "62.231.110.66 is on the LAN behind eth0: no ISP reaches it",
        ),
        (
            HttpCheck(url="http://192.168.1.2/"),
            "url",
            "192.168.1.2 is on the subnet of A itself: this checks the modem, not the Internet",
        ),
        (
            HttpCheck(url="http://a.test/", method="HEAD", contains="x"),
            "contains",
            "a reply to HEAD has no text, so this check cannot pass",
        ),
        (
            HttpCheck(url="http://a.test/", follow_redirects=True, status=302),
            "status",
            "a 302 is followed, so it is never the final status",
        ),
        (
            UdpCheck(targets=("10.0.0.3",), expect="00"),
            "expect",
            "needs a payload: without one a DNS query is sent",
        ),
    ],
)
def test_a_check_in_doubt_is_named_with_its_field(check: Check, field: str, message: str) -> None:
    assert review(config(check), FACTS) == (FieldError(f"settings.failover.checks.0.{field}", message),)


BY_NAME = (IcmpCheck(targets=("www.test",)), HttpCheck(url="http://www.test:8080/"))


def asking(*servers: str) -> Facts:
    return replace(FACTS, name_servers=tuple(IPv4Address(one) for one in servers))


@pytest.mark.parametrize("check", BY_NAME)
@pytest.mark.parametrize(
    ("servers", "through_a", "through_b"),
    [
        ((), "the only name server of this machine is itself", "the only name server of this machine is itself"),
        (("192.168.1.2",), "", "this machine's name server is 192.168.1.2 (on the network of A)"),
        (
            ("62.231.110.70", "172.17.0.2"),
            "this machine's name servers are 62.231.110.70 (behind eth0) and 172.17.0.2 (on the network of B)",
            "",
        ),
        (
            ("62.231.110.65",),
            "this machine's name server is 62.231.110.65 (this router itself)",
            "this machine's name server is 62.231.110.65 (this router itself)",
        ),
        (("192.168.1.2", "192.0.2.53"), "", ""),
    ],
)
def test_a_name_that_no_name_server_can_be_asked_for_is_pointed_out(
    check: Check, servers: tuple[str, ...], through_a: str, through_b: str
) -> None:
    field = "settings.failover.checks.0." + ("url" if isinstance(check, HttpCheck) else "targets.0")
    expected = [
        FieldError(field, f"www.test cannot be looked up through {isp}: {why}")
        for isp, why in (("A", through_a), ("B", through_b))
        if why
    ]
    assert list(review(config(check), asking(*servers))) == expected


def test_a_check_without_a_name_needs_no_name_server() -> None:
    url = HttpCheck(url="http://www.test/", address=IPv4Address("10.0.0.3"))
    assert review(config(GOOD, url, HttpCheck(url="http://10.0.0.3/")), asking()) == ()


@pytest.mark.parametrize("check", BY_NAME)
def test_where_nobody_has_looked_for_name_servers_nothing_is_said(check: Check) -> None:
    assert review(config(check), FACTS) == ()


def test_an_isp_that_is_not_attached_yet_is_not_judged_by_its_name_servers() -> None:
    facts = replace(asking("192.168.1.2"), links=FACTS.links[:2])
    assert review(config(BY_NAME[0]), facts) == ()


def test_two_isps_with_the_same_network_each_have_their_own_name_server_there() -> None:
    whole = config(BY_NAME[0])
    twin = replace(whole.gateways[1], ipv4=IPv4Leg(address=IPv4Address("192.168.1.2")))
    facts = replace(
        asking("192.168.1.2"),
        links=(*FACTS.links[:2], link("eth2", "192.168.1.1/24")),
    )
    assert review(replace(whole, gateways=(whole.gateways[0], twin)), facts) == ()


def test_a_gateways_own_checks_have_their_own_fields() -> None:
    own = (GOOD, IcmpCheck(targets=("172.17.0.2",)))
    (doubt,) = review(config(GOOD, own=own), FACTS)
    assert doubt.field == "gateways.2.checks.1.targets.0"


@pytest.mark.parametrize("checks", [(), (LinkCheck(),)])
def test_watching_nothing_beyond_the_link_is_pointed_out(checks: tuple[Check, ...]) -> None:
    (doubt,) = review(config(GOOD, own=checks), FACTS)
    assert doubt.field == "gateways.2.checks"
    assert "a failure beyond the modem goes unnoticed" in doubt.message


@pytest.mark.parametrize(
    ("timing", "field"),
    [
        (Timing(interval_s=60), "interval_s"),
        (Timing(interval_s=0.1, timeout_s=2), "timeout_s"),
        (Timing(timeout_s=0.1), "timeout_s"),
        (Timing(fall=1), "fall"),
    ],
)
def test_timing_in_doubt_is_named(timing: Timing, field: str) -> None:
    assert [doubt.field for doubt in review(config(GOOD, timing=timing), FACTS)] == [
        f"settings.failover.timing.{field}"
    ]


def test_a_gateways_own_timing_is_reviewed_as_it_works_out() -> None:
    whole = config(GOOD)
    first = Gateway(
        number=1,
        name="A",
        interface="eth1",
        ipv4=IPv4Leg(address=IPv4Address("192.168.1.2")),
        timing=TimingOverrides(fall=1),
    )
    (doubt,) = review(Config(interfaces=whole.interfaces, gateways=(first,), settings=whole.settings), FACTS)
    assert doubt.field == "gateways.1.timing.fall"


def test_nothing_is_doubted_while_failover_is_off() -> None:
    assert review(config(IcmpCheck(targets=("192.168.1.2",)), enabled=False), FACTS) == ()
