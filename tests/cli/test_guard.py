"""`config guard`: on, off and what is allowed; and never a terminal that could not connect again."""

import pytest

from app.model.guard import GuardMode
from app.store.reader import read_newest
from tests.cli.console import PAPER, Console

OUTSIDE = "203.0.113.9 50312 192.168.1.1 22"
INSIDE = "62.231.110.70 50312 62.231.110.65 22"


@pytest.fixture
def paper(console: Console) -> Console:
    """The paper's router, as it was before there was Guard."""
    console.do(f"{PAPER}config guard off\nconfig set guard.mode undecided")
    return console


def mode(console: Console) -> GuardMode:
    return console.head.config.settings.guard.mode


def test_guard_is_switched_and_shown(paper: Console) -> None:
    assert paper.do("config guard show").startswith("Guard: undecided. Off, and")
    paper.do("config guard on")
    assert mode(paper) is GuardMode.ON
    paper.do(
        "config guard allow 51820/udp\nconfig guard allow '22/tcp from 203.0.113.0/24'\nconfig guard allow 51820/udp"
    )
    paper.do("config set guard.trusted 10.0.0.0/24")
    assert paper.do("config guard show").splitlines()[1:] == [
        "allowed to this router: 51820/udp",
        "allowed to this router: 22/tcp from 203.0.113.0/24",
        "trusted: 10.0.0.0/24",
    ]
    assert "53/udp is not listed (listed: 51820/udp, 22/tcp from" in paper.refused("config guard disallow 53/udp")
    paper.do("config guard disallow 51820/udp")
    assert paper.do("config get guard.allowed") == "'22/tcp from 203.0.113.0/24'\n"
    assert "is not an entry like 22/tcp" in paper.refused("config guard allow ssh")
    paper.do("config guard off")
    assert mode(paper) is GuardMode.OFF


def test_a_plan_shows_the_rules(paper: Console) -> None:
    out = paper.do("config guard on --plan")
    assert 'guard_input drop comment "not allowed"' in out
    assert "not published" in out
    assert mode(paper) is GuardMode.UNDECIDED


def test_it_is_a_setting_as_any_other(paper: Console) -> None:
    paper.do("config set guard.allowed '22/tcp, 53/udp from 2001:db8::/32'")
    assert paper.do("config get guard") == (
        "guard.mode undecided\nguard.allowed '22/tcp, 53/udp from 2001:db8::/32'\nguard.trusted none\n"
    )
    paper.do("config unset guard.allowed\nconfig set guard.mode on")
    assert paper.do("config get guard.mode") == "on\n"


def test_a_terminal_over_an_isp_is_not_locked_out(paper: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", OUTSIDE)
    for command in ("config guard on", "config guard on --plan", "config set guard.mode on"):
        assert "Guard would drop your next connection to port 22; allow it first" in paper.refused(command)
    paper.do("config guard allow '22/tcp from 198.51.100.0/24'")
    assert "you are connected to 192.168.1.1 on eth1" in paper.refused("config guard on")
    paper.do("config guard allow 22/tcp")
    said = paper.type("config guard on")
    assert (said.status, "is rolled back unless you run `config confirm`" in said.err) == (0, True)
    assert read_newest(paper.path / "config.db").window_s == 60
    assert "Guard would drop" in paper.refused("config guard disallow 22/tcp")
    assert "Guard would drop" in paper.refused("config unset guard.allowed")
    paper.do("config guard off\nconfig guard disallow 22/tcp")


def test_a_change_that_makes_nothing_worse_is_not_refused(paper: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    paper.do("config guard on")
    monkeypatch.setenv("SSH_CONNECTION", OUTSIDE)
    paper.do("config gateway weight 1 3")


def test_a_new_router_has_it_on_from_its_first_isp(console: Console) -> None:
    console.do("config addr edit eth0 62.231.110.65/26\nconfig addr edit eth1 192.168.1.1/24")
    assert mode(console) is GuardMode.UNDECIDED
    said = console.type("config gateway edit 192.168.1.2 eth1")
    assert "note: Guard is on: New connections from the Internet are dropped" in said.err
    assert mode(console) is GuardMode.ON
    console.do("config guard off\nconfig gateway del 1")
    assert "Guard" not in console.type("config gateway add 192.168.1.2").err
    assert mode(console) is GuardMode.OFF


def test_a_new_router_that_is_set_up_over_its_isp_is_not_locked_out(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    console.do("config addr edit eth0 62.231.110.65/26\nconfig addr edit eth1 192.168.1.1/24")
    monkeypatch.setenv("SSH_CONNECTION", OUTSIDE)
    assert "Guard is on" not in console.type("config gateway add 192.168.1.2").err
    assert mode(console) is GuardMode.UNDECIDED


def test_an_older_router_with_an_isp_decides_by_itself(paper: Console) -> None:
    assert "Guard" not in paper.type("config gateway add 172.17.0.3 eth2").err
    assert mode(paper) is GuardMode.UNDECIDED


def test_a_terminal_on_the_lan_has_to_confirm(paper: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", INSIDE)
    said = paper.type("config guard on")
    assert (said.status, "unless you run `config confirm`" in said.err) == (0, True)
