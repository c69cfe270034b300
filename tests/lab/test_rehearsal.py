"""A lab in the shape of an exported configuration: its router works as the real one would, and says what differs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.model.config import Config
from app.model.verdict import State
from app.service.document import exported, imported
from app.service.edits.gateways import add_gateway
from app.service.fields import Fields
from lab import rehearsal
from lab.errors import BadRequest
from lab.lab import Lab
from lab.measures import pairs
from lab.topology import PLACES, topology
from tests.lab import routed
from tests.lab.by_hand import lab_name
from tests.plan import paper

CHECKS = [
    {"kind": "icmp", "targets": ["8.8.8.8", "one.one.one.one"], "quorum": 2},
    {"kind": "udp", "targets": ["192.0.2.53"], "query_name": "example.com"},
]
# A small company's router: a bridge for the office, a fixed line, a DSL modem, a far next hop, and a spare port.
OFFICE: dict[str, Any] = {
    "format": "multihome configuration",
    "version": 1,
    "interfaces": [
        {"name": "br-lan", "role": "lan", "managed": True, "addresses": ["192.168.88.1/24"]},
        {"name": "wan0", "role": "wan", "managed": True, "addresses": ["203.0.113.10/29"]},
        {"name": "ppp0", "role": "wan"},
        {"name": "wan2", "role": "wan", "managed": True, "addresses": ["198.51.100.7/32"]},
        {"name": "wan3", "role": "wan"},
        {"name": "spare0", "role": "unused"},
    ],
    "gateways": [
        {"number": 2, "name": "Fibre", "interface": "wan0", "address": "203.0.113.9", "weight": 3},
        {"number": 3, "name": "DSL", "interface": "ppp0", "address": None},
        {"number": 4, "name": "Far", "interface": "wan2", "address": "192.0.2.1", "far": True},
        {"number": 7, "name": "Cable", "interface": "wan3", "address": "172.20.0.1", "tier": 2},
        {"number": 9, "name": "Backup", "interface": "wan0", "address": "203.0.113.12"},
    ],
    "rules": [{"number": 1, "name": "Bank", "destination": "10.0.0.10/32", "gateway": 7}],
    "settings": {"failover": {"checks": CHECKS, "timing": {"interval_s": 0.2, "hold_s": 0}}},
}
UNLIKE = [
    "Fibre, gateway 2, is isp1 here",
    "DSL, gateway 3, is isp2 here",
    "DSL takes its next hop from ppp0: here that is 100.64.2.1, and never changes",
    "Far, gateway 4, is isp3 here",
    "Cable, gateway 7, is isp4 here",
    "wan3 gets its address from elsewhere: here it is 172.20.0.2/24",
    "Backup shares wan0 with another ISP, which a cable of the lab cannot: it is left out",
    "spare0 leads nowhere in the lab",
]


def test_the_papers_configuration_is_the_papers_network() -> None:
    rehearsed = rehearsal.read(exported(paper.config()))
    assert rehearsed.unlike == ()
    assert [machine for machine in rehearsed.plan.machines if machine.name != "host"] == [
        machine for machine in topology(2).machines if machine.name != "host"
    ]
    assert rehearsed.plan.cables == topology(2).cables


def test_what_the_lab_is_not_like_is_said() -> None:
    imported(json.dumps(OFFICE))  # it is a configuration that Multihome takes
    assert list(rehearsal.read(json.dumps(OFFICE)).unlike) == UNLIKE


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ({"kind": "tcp", "targets": ["9.9.9.9"], "port": 443}, "nothing answers on TCP port 443"),
        ({"kind": "udp", "targets": ["9.9.9.9"], "port": 123}, "nothing answers on UDP port 123"),
        ({"kind": "udp", "targets": ["9.9.9.9"], "query_type": "TXT"}, "A records and nothing else"),
        ({"kind": "http", "url": "https://example.com/"}, "HTTP on port 80 only"),
        ({"kind": "http", "url": "http://example.com/health"}, "has none of the pages of example.com"),
    ],
)
def test_a_check_that_the_labs_internet_cannot_answer_is_said(check: dict[str, Any], says: str) -> None:
    document = OFFICE | {"settings": {"failover": {"checks": [check]}}}
    assert any(says in one for one in rehearsal.read(json.dumps(document)).unlike)


def test_a_lan_where_the_labs_internet_is_is_said() -> None:
    lan = {"name": "br-lan", "role": "lan", "managed": True, "addresses": ["10.0.0.1/8"]}
    document = OFFICE | {"interfaces": [lan, *OFFICE["interfaces"][1:]]}
    assert any("where the lab's Internet is" in one for one in rehearsal.read(json.dumps(document)).unlike)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "multihome configuration", "version": 2}', "[" * 100_000, "\0"]
)
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="no exported configuration"):
        rehearsal.read(text)


@pytest.mark.parametrize("hurt", ["gateways", "interfaces"])
def test_a_torn_export_is_refused(hurt: str) -> None:
    torn: list[Any] = [None, 3, [3], [{}], [{"number": "x", "name": 1, "interface": "eth1", "address": "y"}]]
    for wrong in torn:
        with pytest.raises(BadRequest):
            rehearsal.read(json.dumps(OFFICE | {hurt: wrong}))
    for name in ("eth1\nlink del eth0", "a b", "", "lo", "../x", "x" * 16, None):
        with pytest.raises(BadRequest, match="not a name for an interface"):
            rehearsal.read(
                json.dumps(OFFICE | {"interfaces": [{"name": name, "interface": "eth1"}, *OFFICE["interfaces"]]})
            )
    with pytest.raises(BadRequest, match="no ISP"):
        rehearsal.read(json.dumps(OFFICE | {"gateways": []}))


def test_the_rehearsed_router_has_its_tiers_and_rules_and_fails_over() -> None:
    with Lab.up(lab_name("reh"), quiet=True, panel=False, export=json.dumps(OFFICE)) as lab:
        routed.wait_for_members(lab, 2, 3, 4, limit_s=30)
        routed.wait_for_standby(lab, 7)
        assert "192.168.88.1/24" in lab.run("balancer", ["ip", "-4", "address", "show", "br-lan"]).stdout
        made = lab.connections(pairs(200, lab.clients))
        assert {one.isp for one in made if one.place == PLACES[0]} == {4}, "its rule leads to the backup"
        assert {one.isp for one in made if one.place != PLACES[0]} == {1, 2, 3}
        lab.cut("balancer-isp1")
        routed.wait_for_state(lab, 2, State.DOWN)
        lab.silence("isp3-vmnet8")
        assert routed.wait_for_state(lab, 4, State.DOWN).reason.startswith("no reply from ")
        routed.wait_for_members(lab, 3)
        assert routed.by_isp(lab.connections(pairs(100, lab.clients))).keys() == {2, 4}


def test_a_change_can_be_tried_in_the_shape_of_a_router_that_runs(tmp_path: Path) -> None:
    file, name = tmp_path / "router.json", lab_name("shape")
    config = Config(interfaces=paper.INTERFACES, gateways=paper.GATEWAYS)
    fields: Fields = {"name": "Twin", "interface": "eth2", "address": "172.17.0.3"}
    file.write_text(exported(add_gateway(config, paper.FACTS, fields)))
    up = [sys.executable, "-m", "lab", "up", "--bare", "--quiet", "--name", name, "--from", str(file)]
    try:
        done = subprocess.run(up, capture_output=True, text=True, check=True)
        assert "not alike     Twin shares eth2 with another ISP" in done.stdout
        shown = Lab.find(name).run("isp2", ["ip", "-4", "address", "show", "eth1"]).stdout
        assert "172.17.0.2/24" in shown
    finally:
        Lab.remove(name)
