"""The console before and after a change: --plan, confirming, earlier revisions, export and import."""

import json
from pathlib import Path

import pytest

from app.paths import StateDirectory
from app.service.document import exported
from app.store.reader import last_confirmed, read_newest
from tests.cli.console import PAPER, Console
from tests.service.waiting import trying
from tests.web.fake_worker import FakeWorker

SSH = "192.0.2.7 50312 62.231.110.65 22"


@pytest.fixture
def paper(console: Console) -> Console:
    console.do(PAPER)
    return console


@pytest.mark.parametrize(
    "words",
    [
        "addr add eth0 10.9.9.1/24",
        "addr edit eth0 10.9.9.1/24",
        "addr del eth0 62.231.110.65",
        "gateway add 172.17.0.9 eth2",
        "gateway edit 192.168.1.9 eth1",
        "gateway del 2",
        "gateway enable 2",
        "gateway disable 2",
        "gateway weight 1 3",
        "gateway failover off",
        "gateway balancing client",
        "revisions restore 1",
        "revisions window 90",
        "panel outside on",
        "batch commands",
    ],
)
def test_every_changing_command_can_be_planned_and_changes_nothing_then(
    paper: Console, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("commands").write_text("gateway weight 1 3\ngateway weight 2 2\n")
    before = paper.head
    said = paper.type(f"config {words} --plan")
    assert said.status == 0, said
    assert said.out.splitlines()[0].endswith(".")
    assert paper.head == before


def test_a_plan_says_what_would_change_for_people_and_in_the_kernel(paper: Console) -> None:
    with FakeWorker(StateDirectory(paper.path)) as worker:
        worker.take_over()
        out = paper.do("config gateway weight 1 3 --plan").splitlines()
    assert out[0].startswith("New connections: 75 % ")
    assert out[0].endswith("1 route replaced. Running connections stay on their ISP.")
    assert out[1].endswith(": weight: 1 → 3")
    assert out[2].startswith("  ip route replace default table 243 proto static nexthop via 192.168.1.2")


def test_what_cannot_be_is_refused_by_a_plan_as_by_the_command(paper: Console) -> None:
    plain, planned = (paper.refused(f"config gateway add 10.1.1.1 eth2{plan}") for plan in ("", " --plan"))
    assert plain == planned


def test_at_the_machine_itself_nothing_waits(paper: Console) -> None:
    said = paper.type("config addr edit eth0 10.9.9.1/24")
    assert (said.status, said.err) == (0, "")
    assert last_confirmed(paper.path / "config.db") == paper.head


def test_over_the_network_changes_of_addresses_and_roles_wait(paper: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", SSH)
    assert paper.type("config gateway weight 1 3").err == ""
    assert read_newest(paper.path / "config.db").window_s is None
    said = paper.type("config addr edit eth0 10.9.9.1/24")
    number = paper.head.number
    assert said.err == (
        f"revision {number} is rolled back unless you run `config confirm` within 60 s after it is applied\n"
    )
    assert last_confirmed(paper.path / "config.db").number == number - 1


def test_over_the_network_a_plan_warns_of_the_terminals_own_address(
    paper: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", SSH)
    with FakeWorker(StateDirectory(paper.path)):
        out = paper.do("config addr edit eth0 10.9.9.1/24 --plan")
    assert "careful: you are connected to 62.231.110.65, which this removes from eth0" in out


def test_confirm_keeps_what_waits(paper: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", SSH)
    with FakeWorker(StateDirectory(paper.path)) as worker:
        worker.follow = False
        paper.do("config addr edit eth0 10.9.9.1/24")
        number = paper.head.number
        worker.say(trying(number, in_force_for_s=None))
        assert "is not applied yet" in paper.refused("config confirm")
        worker.say(trying(number))
        assert f"revision {number - 1} is not the newest" in paper.refused(f"config confirm {number - 1}")
        assert paper.do("config confirm") == f"revision {number} confirmed\n"
        assert paper.do(f"config confirm {number}") == f"revision {number} was confirmed already\n"
    assert last_confirmed(paper.path / "config.db") == paper.head


def test_how_long_a_change_waits_is_set_shown_and_bounded(paper: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paper.do("config revisions window") == "unconfirmed changes are rolled back after 60 s\n"
    paper.do("config revisions window 120")
    assert paper.do("config revisions window") == "unconfirmed changes are rolled back after 120 s\n"
    for wrong in ("14", "601", "-3"):
        assert "confirm_window_s" in paper.refused(f"config revisions window {wrong}")
    monkeypatch.setenv("SSH_CONNECTION", SSH)
    assert "within 120 s" in paper.type("config addr edit eth0 10.9.9.1/24").err


def test_the_panel_is_let_out_and_hidden_again(paper: Console) -> None:
    assert paper.do("config panel outside") == "the panel is blocked on WAN ports\n"
    paper.do("config panel outside on")
    assert paper.do("config panel outside") == "the panel is also reachable on WAN ports\n"
    assert "the panel does not exist" in paper.do("config panel outside off --plan")
    paper.do("config panel outside off")
    assert "perhaps" in paper.refused("config panel outside perhaps")


def test_revisions_are_listed_shown_and_restored(paper: Console) -> None:
    lines = paper.do("config revisions list").splitlines()
    assert [line.split()[0] for line in lines] == ["6", "5", "4", "3", "2", "1"]
    assert lines[1].endswith("confirmed  gateway add 172.17.0.2")
    assert paper.do("config revisions list --most 1").count("\n") == 1
    listed = json.loads(paper.do("config revisions list --json"))
    assert (listed[0]["number"], listed[0]["origin"], listed[0]["confirmed"]) == (6, "console", True)
    shown = paper.do("config revisions show 5")
    assert "next hop: 172.17.0.2 (new)" in shown
    as_json = json.loads(paper.do("config revisions show 5 --json"))
    assert as_json["before"] == 4
    changed = {one["path"]: (one["before"], one["after"]) for one in as_json["changed"]["fields"]}
    assert changed["gateways.2.ipv4.address"] == ("", "172.17.0.2")
    paper.do("config revisions restore 4")
    assert paper.head.number == 7
    assert [one.number for one in paper.head.config.gateways] == [1]
    assert paper.do("config revisions list --most 1").rstrip().endswith("revision 4 restored")
    assert "there is no revision 77" in paper.refused("config revisions restore 77")
    assert "there is no revision 77" in paper.refused("config revisions show 77")


def test_what_was_exported_can_be_imported(paper: Console, tmp_path: Path) -> None:
    file = tmp_path / "router.json"
    paper.do(f"multihome export {file}")
    document = paper.do("multihome export")
    assert document == file.read_text(encoding="utf-8") == exported(paper.head.config)
    config = paper.head.config
    paper.do("config gateway del 2")
    changed = paper.head.number
    assert "New connections" in paper.do(f"multihome import {file} --plan")
    assert paper.head.number == changed
    said = paper.type(f"multihome import {file} --yes")
    assert said.status == 0, said
    assert (paper.head.number, paper.head.config) == (changed + 1, config)
    assert paper.do("config revisions list --most 1").rstrip().endswith("imported from router.json")


def test_an_import_asks_first_and_without_a_person_it_is_refused(
    paper: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "router.json"
    paper.do(f"multihome export {file}")
    paper.do("config gateway del 2")
    before = paper.head
    said = paper.type(f"multihome import {file}")
    assert said.status == 2
    assert "--yes" in said.err
    assert paper.head == before


def test_a_file_that_is_no_configuration_is_refused(paper: Console, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear router")
    assert "not a JSON document" in paper.refused(f"multihome import {tmp_path}/letter --yes")
    assert "cannot be read" in paper.refused(f"multihome import {tmp_path}/nothing --yes")
    assert "cannot be written" in paper.refused(f"multihome export {tmp_path}/no/where")
