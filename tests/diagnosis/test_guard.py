"""Whether a foreign firewall already drops what Guard would: said only where it is certain."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.diagnosis.guard import findings
from app.diagnosis.machine import Firewall, Machine
from app.model.finding import Severity
from app.service.edits.settings import change_guard
from tests.kernel.namespace import Namespace
from tests.plan import paper

MACHINE = Machine(config=paper.config(), facts=paper.FACTS)
# As people write it, with services that the Internet may use.
PLAIN = """
table inet filter {
    chain input { type filter hook input priority 0; policy drop;
        ct state vmap { established : accept, related : accept, invalid : drop }
        iifname lo accept; iifname "eth0" accept; meta l4proto { icmp, ipv6-icmp } accept
        tcp dport { 22, 80, 8000-8100 } accept; udp dport 51820 counter accept; udp sport 67 udp dport 68 accept
    }
    chain forward { type filter hook forward priority 0; policy drop;
        ct state established,related accept; ct status dnat accept; iifname eth0 accept
    }
}
"""
# The shape of what firewalld 1.3 writes.
FIREWALLD = """
table inet firewalld {
    chain allow { tcp dport 22 accept; ip6 daddr fe80::/64 udp dport 546 accept; tcp dport 9090 accept; }
    chain public { jump allow; meta l4proto { icmp, ipv6-icmp } accept; reject with icmpx admin-prohibited; }
    chain inner { accept; }
    chain fwd_public { reject with icmpx admin-prohibited; }
    chain zones { iifname eth0 goto inner; iifname eth1 goto public; iifname eth2 goto public; goto public; }
    chain fwd_zones { iifname eth0 goto inner; goto fwd_public; }
    chain input { type filter hook input priority 10; policy accept;
        ct state { established, related } accept; ct status dnat accept; iifname lo accept; ct state invalid drop
        jump zones; reject with icmpx admin-prohibited
    }
    chain forward { type filter hook forward priority 10; policy accept;
        ct state { established, related } accept; ct status dnat accept; iifname lo accept; ct state invalid drop
        jump fwd_zones; reject with icmpx admin-prohibited
    }
}
"""
# The shape of what ufw 0.36 writes, in both families.
UFW = """\
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-forward - [0:0]
:ufw-before-input - [0:0]
:ufw-not-local - [0:0]
:ufw-user-input - [0:0]
:ufw-user-forward - [0:0]
-A INPUT -j ufw-before-input
-A FORWARD -j ufw-before-forward
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-forward -j ufw-user-forward
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
-A ufw-not-local -j DROP
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
-A ufw-user-input -p tcp -m multiport --dports 80,443,8000:8100 -j ACCEPT
-A ufw-user-forward -i eth0 -o eth1 -j ACCEPT
COMMIT
"""


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    made = Namespace()
    yield made
    made.close()


def listed(namespace: Namespace, text: str) -> Firewall:
    """These rules as nft lists them."""
    namespace.nft("flush ruleset", text)
    return Firewall(tuple(json.loads(namespace.execute("nft", "-j", "list", "ruleset"))["nftables"]))


def codes(firewall: Firewall) -> list[str]:
    return [one.code for one in findings(replace(MACHINE, firewall=firewall))]


@pytest.mark.parametrize("text", [PLAIN, FIREWALLD], ids=["plain", "firewalld"])
def test_a_firewall_of_nftables_that_closes_all_of_it_is_recognized(namespace: Namespace, text: str) -> None:
    (found,) = findings(replace(MACHINE, firewall=listed(namespace, text)))
    assert (found.code, found.severity) == ("firewall-guards", Severity.NOTE)
    assert "input" in found.text
    assert "forward" in found.text


def test_ufw_is_recognized_in_both_families() -> None:
    assert codes(Firewall(iptables=UFW, ip6tables=UFW)) == ["firewall-guards"]
    (found,) = findings(replace(MACHINE, firewall=Firewall(iptables=UFW)))
    assert (found.code, found.severity) == ("guard-undecided", Severity.WARNING)
    assert "A firewall closes only this router in IPv4 and the LAN in IPv4." in found.text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hook input priority 0; policy drop", "hook input priority 0; policy accept"),
        ("hook forward priority 0; policy drop", "hook forward priority 0; policy accept"),
        ("table inet", "table ip"),
        ("8000-8100", "1-10000"),
        ('iifname "eth0" accept', 'iifname "eth*" accept'),
        ('iifname "eth0" accept', "ip saddr 192.168.0.0/16 accept"),  # a host beside the modem may have such an address
        ("udp dport 51820", "meta l4proto udp"),
        ("ct status dnat accept", "oifname eth0 accept"),
    ],
)  # fmt: skip
def test_what_may_leave_something_open_is_not_taken_for_a_firewall(namespace: Namespace, old: str, new: str) -> None:
    text = PLAIN.replace(old, new)
    assert text != PLAIN
    assert codes(listed(namespace, text)) == ["guard-undecided"]


def test_without_any_firewall_it_says_what_is_open() -> None:
    (found,) = findings(MACHINE)
    assert found.text == "Hosts on the ISPs' networks may reach the LAN and every service of this router."
    assert "`config guard on`" in found.remedy


def test_who_has_decided_is_told_nothing() -> None:
    for mode in ("on", "off"):
        assert list(findings(replace(MACHINE, config=change_guard(paper.config(), {"mode": mode})))) == []
    assert list(findings(Machine())) == []


def test_the_table_of_guard_itself_is_no_firewall_of_another(namespace: Namespace) -> None:
    assert codes(listed(namespace, PLAIN.replace("inet filter", "inet multihome"))) == ["guard-undecided"]
