"""The paper's console, word for word, and what it says to everything else."""

import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from app.cli.facts import machine_facts
from app.model.choices import Balancing, Role
from app.model.facts import DefaultRoute, Facts
from app.model.trial import Trial, TrialTarget
from app.paths import StateDirectory
from app.probe.nameservers import nameservers
from tests.cli.console import FIVE_LINES, PAPER, Console
from tests.service.machine import BLANK, link
from tests.web.fake_worker import CABLE, TRIAL, fake_worker


def test_the_papers_commands_print_the_papers_five_lines(console: Console) -> None:
    assert console.do(PAPER) == ""
    assert console.do("config gateway show") == FIVE_LINES


def test_the_icmp_check_is_shown_as_it_was_typed(console: Console) -> None:
    console.do(PAPER)
    console.do("config gateway failover 1 icmp 10.0.0.3")
    assert console.do("config gateway show").splitlines()[-1] == "Failover: (icmp 10.0.0.3) (every 1s)"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2", "(link monitor) (every 2s)"),
        ("0.2 link", "(link monitor) (every 0.2s)"),
        ("1 tcp 10.0.0.3 443", "(tcp 10.0.0.3 443) (every 1s)"),
        ("1 udp 10.0.0.3 53", "(udp 10.0.0.3 53) (every 1s)"),
        ("1 udp 10.0.0.3", "(udp 10.0.0.3 53) (every 1s)"),
        ("1 udp 10.0.0.3 10.0.0.4", "(udp 10.0.0.3 10.0.0.4 53) (every 1s)"),
        ("5 url http://10.0.0.3/x", "(url http://10.0.0.3/x) (every 5s)"),
        ("60 icmp 10.0.0.3 1.1.1.1", "(icmp 10.0.0.3 1.1.1.1) (every 60s)"),
        ("off", "(off)"),
    ],
)
def test_every_kind_of_failover_can_be_typed(console: Console, typed: str, shown: str) -> None:
    console.do(f"config gateway failover {typed}")
    assert console.do("config gateway show") == f"Failover: {shown}\n"


def test_failover_without_a_check_is_the_link_alone_again(console: Console) -> None:
    console.do("config gateway failover 1 icmp 10.0.0.3\nconfig gateway failover 2")
    assert console.do("config gateway show") == "Failover: (link monitor) (every 2s)\n"


def test_options_of_failover_stay_until_they_are_typed_again(console: Console) -> None:
    console.do("config gateway failover 0.2 --timeout 0.4 --fall 2 --rise 5 --hold 0 --all-down refuse --clients wait")
    console.do("config gateway failover off\nconfig gateway failover 1")
    failover = console.head.config.settings.failover
    timing = failover.timing
    assert (timing.interval_s, timing.timeout_s, timing.fall, timing.rise, timing.hold_s) == (1, 0.4, 2, 5, 0)
    assert (failover.enabled, failover.all_down.value, failover.clients.value) == (True, "refuse", "wait")


def test_an_option_alone_leaves_the_checks_as_they_are(console: Console) -> None:
    console.do("config gateway failover 1 icmp 10.0.0.3")
    for options in ("--hold 20", "--all-down refuse", "--clients wait"):
        said = console.type(f"config gateway failover 2 {options}")
        assert (said.status, said.err) == (0, "Failover: (icmp 10.0.0.3) (every 2s)\n")
    assert console.do("config gateway show") == "Failover: (icmp 10.0.0.3) (every 2s)\n"
    assert console.head.config.settings.failover.timing.hold_s == 20


def test_checks_that_are_replaced_are_named(console: Console) -> None:
    console.do("config gateway failover 1 icmp 10.0.0.3")
    for line, checks, replaced in (
        ("config gateway failover 1 icmp 10.0.0.3", "icmp 10.0.0.3", ""),
        ("config gateway failover 1 tcp 10.0.0.3 443", "tcp 10.0.0.3 443", "note: this replaces icmp 10.0.0.3\n"),
        ("config gateway failover 1", "link monitor", "note: this replaces tcp 10.0.0.3 443\n"),
        ("config gateway failover 1", "link monitor", ""),
    ):
        assert console.type(line).err == f"Failover: ({checks}) (every 1s)\n{replaced}"


@pytest.mark.parametrize(
    ("words", "failover"),
    [
        ("--interval 3", "(icmp 10.0.0.3) (every 3s)"),
        ("icmp 10.0.0.4 --interval 3", "(icmp 10.0.0.4) (every 3s)"),
        ("--timeout 0.5", "(icmp 10.0.0.3) (every 1s)"),
        ("link --interval 3", "(link monitor) (every 3s)"),
    ],
)
def test_the_interval_may_be_an_option(console: Console, words: str, failover: str) -> None:
    console.do("config gateway failover 1 icmp 10.0.0.3")
    assert console.type(f"config gateway failover {words}").err.startswith(f"Failover: {failover}\n")
    assert console.do("config gateway show") == f"Failover: {failover}\n"


def test_failover_without_a_word_changes_nothing(console: Console) -> None:
    said = console.type("config gateway failover")
    assert (said.status, said.err) == (2, "config: interval: say what: an interval, an option or `off`\n")


def test_a_gateway_with_a_name_of_its_own_is_shown_with_it(console: Console) -> None:
    console.do(PAPER)
    console.do("config set isp.2.name Orange")
    shown = console.do("config gateway show").splitlines()
    assert shown[0] == "Default gateway [1]: 192.168.1.2 (eth1) (enabled)"
    assert shown[2] == "Default gateway [2] Orange: 172.17.0.2 (eth2) (enabled)"


def test_a_check_that_would_take_a_working_isp_down_needs_force(console: Console) -> None:
    console.do(PAPER)
    line = "config gateway failover 1 icmp 10.9.9.9"
    failed = TrialTarget(host="10.9.9.9", ok=False, text="no reply within 1.4 s")
    with fake_worker(StateDirectory(console.path)) as worker:
        worker.take_over()
        worker.trial = TRIAL.dump_json(Trial(layers=(CABLE,), targets=(failed,))).decode()
        said = console.type(line)
        assert (said.status, said.out) == (2, "")
        assert "icmp 10.9.9.9 fails through ISP 1 (10.9.9.9: no reply within 1.4 s)" in said.err
        assert said.err.endswith(" (--force saves it anyway)\n")
        assert console.head.config.settings.failover.checks == ()
        assert "careful: ISP 1 would go down: icmp 10.9.9.9 fails" in console.do(f"{line} --plan")
        assert console.type(f"{line} --force").status == 0
        assert console.head.config.settings.failover.checks != ()
        batch = console.path / "lines"
        batch.write_text("gateway failover 1\ngateway failover 1 icmp 10.9.9.8\n")
        assert console.type(f"config batch {batch}").status == 2
        assert console.type(f"config batch {batch} --force").status == 0


def test_gateways_are_disabled_enabled_weighed_and_deleted(console: Console) -> None:
    console.do(PAPER)
    console.do("config gateway disable 172.17.0.2\nconfig gateway weight 1 3")
    assert console.do("config gateway show").splitlines()[:4] == [
        "Default gateway [1]: 192.168.1.2 (eth1) (enabled)",
        "weight 3 src 192.168.1.1",
        "Default gateway [2]: 172.17.0.2 (eth2) (disabled)",
        "weight 1 src 172.17.0.1",
    ]
    console.do("config gateway disable 1 --now")
    assert [one.cut for one in console.head.config.gateways] == [True, False]
    console.do("config gateway enable 1\nconfig gateway del 2")
    assert [(one.number, one.enabled) for one in console.head.config.gateways] == [(1, True)]


def test_options_of_a_gateway(console: Console) -> None:
    console.do(PAPER)
    console.do("config gateway add 9.9.9.9 eth1 --far --name 'Third one' --weight 9 --source 192.168.1.1")
    gateway = console.head.config.gateways[2]
    assert (gateway.name, gateway.weight, gateway.ipv4.far, str(gateway.ipv4.source)) == (
        "Third one",
        9,
        True,
        "192.168.1.1",
    )
    console.do("config gateway edit 9.9.9.8 eth1 --number 3 --name Third")
    assert [(str(one.ipv4.address), one.name) for one in console.head.config.gateways[2:]] == [("9.9.9.8", "Third")]


def test_a_change_with_a_doubt_is_made_and_told_of_once(console: Console) -> None:
    console.do(PAPER)
    said = console.type("config gateway failover 1 icmp 172.17.0.2")
    assert (said.status, said.out) == (0, "")
    field = "settings.failover.checks.0.targets.0"
    doubt = f"note: {field}: 172.17.0.2 is on the subnet of ISP 2 itself: this checks the modem, not the Internet\n"
    assert said.err == f"{doubt}Failover: (icmp 172.17.0.2) (every 1s)\n"
    assert console.type("config gateway weight 1 2").err == ""


def test_a_name_that_an_isp_cannot_look_up_is_told_of(console: Console) -> None:
    console.do(PAPER)
    console.facts = replace(console.facts, name_servers=(IPv4Address("192.168.1.2"),))
    said = console.type("config gateway failover 1 icmp www.test")
    assert said.status == 0
    assert said.err == (
        "note: settings.failover.checks.0.targets.0: www.test cannot be looked up through ISP 2:"
        " this machine's name server is 192.168.1.2 (on the network of ISP 1)\n"
        "Failover: (icmp www.test) (every 1s)\n"
    )


def test_the_console_looks_for_name_servers_where_the_worker_does() -> None:
    assert machine_facts().name_servers == nameservers()


def test_an_interface_gets_its_role(console: Console) -> None:
    console.do(PAPER)
    console.do("config addr role eth0 wan\nconfig gateway add 62.231.110.100\nconfig gateway del 3")
    assert [one.role for one in console.head.config.interfaces] == [Role.UNUSED, Role.WAN, Role.WAN]
    console.do("config addr role eth0 lan")
    assert console.head.config.interfaces[0].role is Role.LAN


def test_the_balancing_mode_is_typed(console: Console) -> None:
    console.do("config gateway balancing connection")
    assert console.head.config.settings.balancing is Balancing.CONNECTION


def test_a_gateway_from_the_interface_is_shown_with_what_it_brought(console: Console) -> None:
    console.facts = Facts(links=(*BLANK.links, link("ppp0", "100.64.0.7/32")))
    console.do("config gateway add auto ppp0")
    assert console.do("config gateway show").splitlines()[:2] == [
        "Default gateway [1]: auto (ppp0) (enabled)",
        "weight 1 src none",
    ]


def test_a_gateway_behind_an_absent_interface_is_shown_with_its_address_to_be(console: Console) -> None:
    console.do(PAPER)
    console.facts = Facts(links=BLANK.links[:-1])
    assert console.do("config gateway show") == FIVE_LINES


def test_addresses_are_shown_as_they_are_and_as_they_will_be(console: Console) -> None:
    console.facts = Facts(links=(*BLANK.links, link("eth3", "10.3.0.9/24")))
    console.do("config addr edit eth0 10.0.0.1/24\nconfig addr add eth0 10.1.0.1/24\nconfig addr edit eth1 10.2.0.1/24")
    console.facts = Facts(links=tuple(one for one in console.facts.links if one.name != "eth1"))
    assert console.do("config addr show") == (
        "eth0: 10.0.0.1/24 10.1.0.1/24 (lan) (managed)\n"
        "eth1: 10.2.0.1/24 (lan) (managed) (absent)\n"
        "eth2: no address (unused)\n"
        "eth3: 10.3.0.9/24 (unused)\n"
    )
    assert console.do("config addr show eth3") == "eth3: 10.3.0.9/24 (unused)\n"
    console.do("config addr del eth0 10.1.0.1/24")
    (shown,) = json.loads(console.do("config addr show eth0 --json"))
    assert shown == {"name": "eth0", "role": "lan", "managed": True, "addresses": ["10.0.0.1/24"], "present": True}


def test_json_says_what_the_five_lines_say(console: Console) -> None:
    console.do(PAPER)
    shown = json.loads(console.do("config gateway show --json"))
    assert shown["revision"] == 6
    assert [one["source"] for one in shown["gateways"]] == ["192.168.1.1", "172.17.0.1"]
    assert {one["state"] for one in shown["gateways"]} == {None}
    assert shown["failover"]["timing"]["interval_s"] == 2


def test_a_gateway_goes_by_its_name_too(console: Console) -> None:
    console.do(PAPER)
    console.do("config gateway weight 'ISP 2' 5\nconfig gateway disable 'isp 1'")
    assert [(one.weight, one.enabled) for one in console.head.config.gateways] == [(1, False), (5, True)]
    console.do("config gateway check add 'ISP 2' icmp 10.0.0.3")
    console.do("config rule add Mail --port 25 --protocol tcp --gateway 'ISP 2'")
    assert console.head.config.rules[0].gateway == 2


def test_a_silent_worker_is_mentioned_on_stderr_only(console: Console) -> None:
    console.do(PAPER)
    said = console.type("config gateway show")
    assert said.out == FIVE_LINES
    assert said.err == "the worker does not reply: what follows is configured, not observed\n"


REFUSED = [
    ("config gateway add 9.9.9.9", 'gateways.3.ipv4.address: 9.9.9.9 is outside every subnet .* "far gateway"'),
    ("config gateway add 9.9.9.9 eth1", "gateways.3.ipv4.address: 9.9.9.9 is outside every subnet of eth1"),
    ("config gateway weight 1 0", "gateways.1.weight: "),
    ("config gateway weight 1 -3", "gateways.1.weight: must be at least 1"),
    ("config gateway failover -1", "settings.failover.timing.interval_s: must be at least 0.1"),
    ("config gateway failover 2 --timout 3", "check: `--timout 3` is not link, icmp HOST"),
    ("config gateway weight 1 heavy", "Invalid value for 'WEIGHT': must be a whole number "),
    ("config gateway weight 7 1", r"gateways: there is no gateway 7 \(known: 1, 2\)"),
    ("config gateway add 192.168.1.2", "gateways.3.ipv4.address: 192.168.1.2 on eth1 already belongs to gateway 1"),
    ("config addr edit eth0 192.168.1.2/24", "interfaces.eth0.addresses: 192.168.1.2 is the address of ISP 1"),
    (f"config gateway add 172.17.0.9 --name {'x' * 300}", "gateways.3.name: "),
    ("config gateway add 172.17.0.9 --name ''", "gateways.3.name: "),
    ("config addr edit eth9 10.0.0.1/24", r"interfaces.eth9.name: .* no interface eth9 \(it has eth0, eth1, eth2\)"),
    ("config addr edit eth0 10.0.0.1", "interfaces.eth0.addresses: .* prefix length, as in 10.0.0.1/24"),
    ("config addr edit eth1 10.0.0.1/24", "gateways.1.ipv4.address: 192.168.1.2 is outside every subnet of eth1"),
    ("config addr del eth1 192.168.1.1/24", "gateways.1.ipv4.address: "),
    ("config addr edit eth0 192.168.1.1/24", "interfaces.eth0.addresses: 192.168.1.1 is already an address of eth1"),
    ("config addr show eth9", "interface: there is no interface eth9"),
    ("config gateway add 172.17.0.9 eth9", "gateways.3.interface: "),
    ("config gateway add 192.168.1.1", "gateways.3.ipv4.address: 192.168.1.1 is this router's own address"),
    ("config gateway add 62.231.110.100", "gateways.3.interface: eth0 is the only LAN"),
    ("config gateway add auto eth1", "gateways.3.ipv4.address: eth1 has fixed addresses"),
    ("config addr add eth0 192.168.1.77/24", "interfaces.eth0.addresses: .* overlaps"),
    ("config addr role eth1 lan", "gateways.1.interface: eth1 does not have the role wan"),
    ("config gateway edit 10.0.0.1 eth0", "gateways.interface: there is no gateway on eth0"),
    ("config gateway del 3", "gateways: there is no gateway 3"),
    ("config gateway enable nobody", "gateways: nobody is neither number nor address nor name"),
    ("config gateway failover 0", "settings.failover.timing.interval_s: "),
    ("config gateway failover 1 icmp", "check: `icmp` is not link, icmp HOST"),
    ("config gateway failover 1 tcp 10.0.0.3 http", "settings.failover.checks.0.tcp.port: "),
    ("config gateway failover 1 url ftp://10.0.0.3/", "settings.failover.checks.0.http.url: "),
    ("config gateway failover off icmp 10.0.0.3", "check: "),
    ("config gateway failover 1 --timeout soon", "settings.failover.timing.timeout_s: must be a number"),
    ("config gateway balancing colors", "Invalid value for 'mode': 'colors' is not one of 'source-destination'"),
    ("config batch /nowhere", "^config: /nowhere cannot be read: No such file or directory$"),
    ("multihome export-plan --revision 99999999999999999999999", "there is no revision 99999999999999999999999"),
]


@pytest.mark.parametrize(("line", "words"), REFUSED)
def test_bad_input_is_one_line_that_names_the_field_and_changes_nothing(
    console: Console, line: str, words: str
) -> None:
    console.do(PAPER)
    said = console.refused(line)
    assert said.startswith(("config: ", "multihome: "))
    assert re.search(words, said), said


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("config nope", "No such command 'nope' (see `config --help`)"),
        ("config gateway", "Missing command (see `config gateway --help`)"),
        ("config gateway nope", "No such command 'nope' (see `config gateway --help`)"),
        ("config gateway add", "Missing argument 'ADDRESS' (see `config gateway add --help`)"),
        ("config gateway del 1 2", "Got unexpected extra argument(s) (2) (see `config gateway del --help`)"),
        ("config gateway del --force 1", "No such option: --force (see `config gateway del --help`)"),
        ("multihome nope", "No such command 'nope' (see `multihome --help`)"),
    ],
)
def test_words_that_make_no_command_are_one_line_with_a_hint(console: Console, line: str, hint: str) -> None:
    assert console.refused(line).partition(": ")[2].replace("argument (2)", "argument(s) (2)") == hint


def test_an_error_cannot_steer_the_terminal(console: Console) -> None:
    said = console.refused("config gateway del '\x1b[31m\nred\x07'")
    assert "\x1b" not in said
    assert "\x07" not in said


def test_without_a_database_the_error_says_what_to_do(console: Console) -> None:
    (console.path / "config.db").unlink()
    for line in ("config gateway show", "config gateway weight 1 2"):
        said = console.type(line)
        assert (said.status, said.out) == (2, "")
        assert "multihome migrate" in said.err


def test_an_interface_that_becomes_a_gateways_is_a_wan(console: Console) -> None:
    console.do(PAPER)
    roles = [one.role for one in console.head.config.interfaces]
    assert roles == [Role.LAN, Role.WAN, Role.WAN]


@pytest.mark.parametrize(
    "line",
    ["config", "config --help", "config addr --help", "config gateway --help", "config batch --help", "multihome"]
    + [f"config addr {word} --help" for word in ("show", "add", "edit", "del", "role")]
    + [
        f"config gateway {word} --help"
        for word in ("show", "add", "edit", "del", "enable", "disable", "weight", "failover", "balancing")
    ]
    + [f"multihome {word} --help" for word in ("migrate", "worker", "run", "status", "export-plan", "uninstall")],
)
def test_help_teaches(console: Console, line: str) -> None:
    shown = console.do(line)
    assert shown.startswith("Usage: ")
    if "batch" in line or line.count(" ") == 3:
        assert "Example" in shown


def program(words: list[str], home: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "MULTIHOME_HOME": str(home), **more}
    words = [sys.executable, "-m", *words]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=30, check=False)


def test_the_programs_run_as_modules(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert program(["app.cli", "migrate"], home).returncode == 0
    assert stat.S_IMODE((home / "config.db").stat().st_mode) == 0o660
    shown = program(["app.cli.config", "gateway", "show"], home)
    assert (shown.returncode, shown.stdout) == (0, "Failover: (link monitor) (every 1s)\n")
    refused = program(["app.cli.config", "gateway", "weight", "1", "2"], home)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "config: gateways: there is no gateway 1 (known: none)\n"


def test_the_shell_is_offered_commands_and_gateways(console: Console) -> None:
    console.do(PAPER)
    asking = {"_CONFIG_COMPLETE": "complete_bash", "COMP_CWORD": "3"}
    offered = program(["app.cli.config"], console.path, **asking, COMP_WORDS="config gateway del ")
    assert offered.stdout.split() == ["1", "2"]
    offered = program(["app.cli.config"], console.path, **asking | {"COMP_CWORD": "2"}, COMP_WORDS="config gateway e")
    assert offered.stdout.split() == ["edit", "enable"]
    console.do("config rule add Bank --gateway 1")
    offered = program(["app.cli.config"], console.path, **asking, COMP_WORDS="config rule move ")
    assert offered.stdout.split() == ["1"]
    words = "config rule add Bank --protocol t"
    offered = program(["app.cli.config"], console.path, **asking | {"COMP_CWORD": "5"}, COMP_WORDS=words)
    assert offered.stdout.split() == ["tcp", "tcp+udp"]


def test_a_console_command_loads_no_orm() -> None:
    loaded = "import sys, app.cli.config; print('sqlalchemy' in sys.modules, 'alembic' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["False", "False"]


def test_what_dhcp_has_brought_is_shown_and_can_be_followed(console: Console) -> None:
    leased = link("eth1", "192.168.1.100/24", index=3)
    default = DefaultRoute(interface="eth1", next_hop=IPv4Address("192.168.1.1"), metric=100)
    console.facts = Facts(links=(leased,), defaults=(default,))
    assert console.do("config gateway detect") == "eth1 · DHCP · 192.168.1.100 · next hop 192.168.1.1\n"
    (shown,) = json.loads(console.do("config gateway detect --json"))
    assert (shown["address"], shown["next_hop"], shown["follows"]) == ("192.168.1.100/24", "192.168.1.1", True)
    console.do("config gateway add auto eth1")
    (shown,) = json.loads(console.do("config gateway detect --json"))
    assert (shown["role"], shown["gateways"]) == ("wan", [1])
