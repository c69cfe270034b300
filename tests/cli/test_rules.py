"""Tiers and traffic rules as they are typed, and which way a connection would go."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from socket import AF_UNIX, socket

import pytest
from pydantic import TypeAdapter

from app.model.choices import IfDown, OnReturn
from app.model.way import Way
from app.paths import StateDirectory
from tests.cli.console import PAPER, Console

BANK = "config rule add Bank --to 198.51.100.0/24 --protocol tcp --port 443,8000-8100 --gateway 1 --if-down refuse"


@pytest.fixture
def router(console: Console) -> Console:
    """A console on the paper's router."""
    console.do(PAPER)
    return console


@contextmanager
def answering(home: Path, way: Way) -> Iterator[list[dict[str, object]]]:
    """A worker that answers one question about a way; what it was asked."""
    asked: list[dict[str, object]] = []
    listener = socket(AF_UNIX)
    path = StateDirectory(home).worker_sock
    listener.bind(str(path))
    listener.listen(4)
    listener.settimeout(10)

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            asked.append(json.loads(lines.readline()))
            connection.sendall(TypeAdapter(Way).dump_json(way) + b"\n")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield asked
        thread.join(10)
    finally:
        listener.close()
        path.unlink()


def test_rules_are_shown_in_their_order(router: Console) -> None:
    router.do(f"{BANK}\nconfig rule add Voice --dscp EF --gateway 172.17.0.2 --at 1\nconfig rule disable Voice")
    assert router.do("config rule show").splitlines() == [
        "1. Voice [2]: Everything marked EF to anywhere from anyone → ISP 2, another if it is down (disabled)",
        "2. Bank [1]: TCP 443, 8000-8100 to 198.51.100.0/24 from anyone → ISP 1, refuse if it is down",
    ]
    shown = json.loads(router.do("config rule show --json"))["rules"]
    assert [(one["place"], one["number"], one["gateway"], one["hits"]) for one in shown] == [
        (1, 2, 2, None),
        (2, 1, 1, None),
    ]


def test_rules_are_changed_moved_switched_and_removed(router: Console) -> None:
    router.do(f"{BANK}\nconfig rule add Rest --balance\nconfig rule move Rest 1")
    assert [one.name for one in router.head.config.rules] == ["Rest", "Bank"]
    router.do(
        "config rule edit bank --port any --protocol any --to any --from 62.231.110.70 --tier 1 --if-down another"
    )
    (bank,) = (one for one in router.head.config.rules if one.name == "Bank")
    assert (bank.ports, bank.protocol, bank.destination, str(bank.source)) == ((), None, None, "62.231.110.70/32")
    assert (bank.gateway, bank.tier, bank.if_down) == (None, 1, IfDown.ANOTHER)
    router.do("config rule edit 1 --name Money --balance --mac 00:16:3e:00:00:01 --in eth0 --source-port any")
    (money,) = (one for one in router.head.config.rules if one.name == "Money")
    assert (money.balances, money.mac, money.interface) == (True, "00:16:3e:00:00:01", "eth0")
    router.do("config rule disable 2\nconfig rule enable 2\nconfig rule disable Money\nconfig rule del Rest")
    assert [(one.name, one.enabled) for one in router.head.config.rules] == [("Money", False)]


REFUSED = (
    ("config rule add X", "gateway: name a destination"),
    ("config rule add X --gateway 9", "there is no gateway 9"),
    ("config rule add X --gateway 1 --tier 1", "rules.2.tier: a rule sends traffic to an ISP or to a tier"),
    ("config rule add X --gateway 1 --balance", "--balance excludes --gateway and --tier"),
    ("config rule add X --tier 2", "rules.2.tier: no ISP is in tier 2"),
    ("config rule add X --balance --port 80", "rules.2.ports: ports need a protocol: tcp or udp"),
    (
        "config rule add X --balance --to 1.2.3.4/8",
        "rules.2.destination: 1.2.3.4/8 is a host address with a prefix: write 1.0.0.0/8, or 1.2.3.4/32",
    ),
    ("config rule add X --balance --at 0", "place: places are counted from 1"),
    ("config rule add bank --balance", "rules.2.name: rule 1 already has this name"),
    ("config rule move Bank -1", "place: places are counted from 1"),
    ("config rule move Bank up", "must be a whole number"),
    ("config rule del nobody", "rules: nobody is neither the number nor the name of a rule"),
    ("config gateway del 1", "traffic rule Bank leads to ISP 1: change or remove the rule first"),
    ("config gateway tier 1 10", "gateways.1.tier: must be at most 9"),
    ("config gateway tier 1 0", "gateways.1.tier: must be at least 1"),
    ("config gateway tier 1 2 --standby 0", "gateways.1.timing.standby_interval_s: must be at least 0.1"),
    ("config way 1.2.3.4.5 10.0.0.3", "source: is not an IPv4 address"),
    ("config way laptop 10.0.0.3", "no reply from the worker"),
    ("config way 62.231.110.70 10.0.0.3 --port http", "destination_port: must be a whole number"),
    ("config way 62.231.110.70 10.0.0.3 --protocol icmp --port 7", "icmp has no ports"),
    ("config way 62.231.110.70 10.0.0.3", "no reply from the worker"),
)


def test_what_cannot_be_is_refused_in_a_sentence(router: Console) -> None:
    router.do(BANK)
    for line, said in REFUSED:
        assert said in router.refused(line), line


def test_a_backup_is_made_and_shown(router: Console) -> None:
    router.do("config gateway tier 2 2 --on-return move-back --standby 300\nconfig gateway failover 2 --standby 30")
    config = router.head.config
    backup = config.gateways[1]
    assert (backup.tier, backup.on_return) == (2, OnReturn.MOVE_BACK)
    assert [config.timing(one).standby_interval_s for one in config.gateways] == [30, 300]
    assert router.do("config gateway show").splitlines()[2:4] == [
        "Default gateway [2]: 172.17.0.2 (eth2) (enabled)",
        "weight 1 src 172.17.0.1 tier 2",
    ]
    router.do("config gateway tier 172.17.0.2 1 --standby default")
    assert router.head.config.gateways[1].timing.standby_interval_s is None


def test_a_rule_is_planned_before_it_is_made(router: Console) -> None:
    before = router.head
    planned = router.do(f"{BANK} --plan")
    assert "rule Bank: send via: ISP 1 (new)" in planned
    assert router.head == before


def test_what_never_decides_is_noted_after_the_change(router: Console) -> None:
    router.do("config rule add All --balance")
    said = router.type(BANK)
    assert (said.status, said.err) == (
        0,
        "note: rules.2: Bank never matches: rule 1 (All) matches the same traffic first\n",
    )


def test_a_batch_makes_rules_in_one_revision(router: Console, tmp_path: Path) -> None:
    path = tmp_path / "rules"
    path.write_text(f"{BANK}\nrule add Rest --balance\nrule move Rest 1\ngateway tier 2 2\nrule add Spare --tier 2\n")
    number = router.head.number
    router.do(f"config batch {path}")
    assert router.head.number == number + 1
    assert [one.name for one in router.head.config.rules] == ["Rest", "Bank", "Spare"]


def test_an_export_brings_rules_and_tiers_back(router: Console, tmp_path: Path) -> None:
    router.do(f"{BANK}\nconfig gateway tier 2 3\nconfig rule add Spare --tier 3 --dscp 46")
    wanted = router.head.config
    path = tmp_path / "export.json"
    router.do(f"multihome export {path}\nconfig rule del Spare\nconfig rule del Bank\nmultihome import {path} --yes")
    assert router.head.config == wanted


def test_the_way_is_told_with_rule_gateway_and_address_outside(router: Console) -> None:
    router.do(f"config rule add Rest --balance\n{BANK}")
    way = Way(rule=2, gateway=1, source=IPv4Address("192.168.1.1"), reason="ISP 1 is up")
    with answering(router.path, way) as asked:
        told = router.do("config way 62.231.110.70 198.51.100.7 --port 443 --dscp EF --in eth0").splitlines()
    assert told == [
        "It leaves by ISP 1 and its public source is 192.168.1.1.",
        "Decided by Bank, place 2 in the list. ISP 1 is up.",
    ]
    assert asked == [
        {"command": "which_way", "packet": {
            "source": "62.231.110.70", "destination": "198.51.100.7", "protocol": "tcp", "source_port": None,
            "destination_port": 443, "interface": "eth0", "mac": None, "dscp": 46}}
    ]  # fmt: skip


def test_every_answer_has_its_sentence(router: Console) -> None:
    asked = "config way 62.231.110.70 10.0.0.3"
    for way, lines in (
        (Way(reason="it stays inside"), ["It is not sent through any ISP.", "It stays inside."]),
        (Way(rule=9, refused=True, reason="ISP 1 is down"),
         ["It is refused.", "Decided by a rule that no longer exists. ISP 1 is down."]),
        (Way(gateway=2, reason="its port is not known", exact=False),
         ["It probably leaves by ISP 2 with its own address.", "Its port is not known."]),
    ):  # fmt: skip
        with answering(router.path, way):
            assert router.do(asked).splitlines() == lines
    with answering(router.path, way):
        shown = json.loads(router.do(f"{asked} --json"))
    assert (shown["gateway"], shown["refused"], shown["exact"]) == (2, False, False)


def test_every_command_has_help_with_an_example(console: Console) -> None:
    for words in ("rule add", "rule edit", "rule del", "rule move", "rule enable", "rule disable", "rule show",
                  "way", "gateway tier"):  # fmt: skip
        assert "Example" in console.do(f"config {words} --help"), words


def test_an_isp_may_be_called_like_a_word_of_the_console(router: Console) -> None:
    router.do("config set isp.2.name Default")
    router.do("config rule add Bank --to 198.51.100.0/24 --gateway Default --if-down refuse")
    assert router.head.config.rules[-1].gateway == 2
    for words in ("--gateway none", "--tier none", "--tier default"):
        router.refused(f"config rule add Other {words}")
    router.refused("config rule edit Bank --gateway any")
    assert router.head.config.rules[-1].gateway == 2
