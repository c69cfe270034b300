"""Guard's settings: what can be typed, what it means, and what it looks like when it is shown again."""

from ipaddress import ip_network

import pytest

from app.errors import InvalidConfig
from app.model.about import settings_of
from app.model.config import EMPTY, Config
from app.model.guard import Guard, GuardMode, Opening
from app.service.edits.settings import change_settings


def guarded(**fields: object) -> Guard:
    return change_settings(EMPTY, {"guard": {"mode": "on", **fields}}).settings.guard


def test_nothing_is_decided_by_itself() -> None:
    assert Config().settings.guard == Guard(mode=GuardMode.UNDECIDED)
    assert not Guard().is_on
    assert not Guard(mode=GuardMode.OFF).is_on
    assert Guard(mode=GuardMode.ON).is_on


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("22/tcp", "22/tcp"),
        (" 8000 - 8100 / UDP ", "8000-8100/udp"),
        ("53/tcp+udp FROM 203.0.113.0/24", "53/tcp+udp from 203.0.113.0/24"),
        ("22/tcp from 2001:db8::/32", "22/tcp from 2001:db8::/32"),
        ("22/tcp from 203.0.113.9", "22/tcp from 203.0.113.9/32"),
        ("esp", "esp"),
        ("22/tcp, 51820/udp\n22/tcp;gre", "22/tcp, 51820/udp, gre"),
        ("", ""),
    ],
)
def test_an_entry_is_shown_as_it_can_be_typed_again(typed: str, shown: str) -> None:
    allowed = guarded(allowed=typed).allowed
    setting = next(one for one in settings_of(Guard) if one.name == "allowed")
    assert setting.text(allowed) == shown
    assert guarded(allowed=shown).allowed == allowed


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("22", "is not an entry like 22/tcp"),
        ("tcp", "tcp needs a port, as in 22/tcp"),
        ("22/esp", "esp has no ports"),
        ("70000/tcp", "not within 1 to 65535"),
        ("90-80/tcp", "has its last port before its first"),
        ("22/telnet", "is not an entry like 22/tcp"),
        ("22/tcp from 203.0.113.9/24", "is not an IPv4 or IPv6 network"),
        ("22/tcp from ::/0", "::/0 is the whole Internet"),
        ("22/tcp from everywhere", "is not an IPv4 or IPv6 network"),
    ],
)
def test_a_wrong_entry_is_refused_with_what_would_be_right(typed: str, complaint: str) -> None:
    with pytest.raises(InvalidConfig, match=r"settings\.guard\.allowed") as error:
        guarded(allowed=typed)
    assert complaint in str(error.value)


@pytest.mark.parametrize("typed", ["0.0.0.0/0", "192.168.5.1/24", "lan", 7, [True]])
def test_a_wrong_network_is_refused(typed: object) -> None:
    with pytest.raises(InvalidConfig, match=r"settings\.guard\.trusted"):
        guarded(trusted=typed)


def test_it_says_whether_a_connection_would_be_admitted() -> None:
    near, far = ip_network("203.0.113.9"), ip_network("198.51.100.9")
    guard = guarded(allowed="22-23/tcp from 203.0.113.0/24, 80/tcp, 53/udp", trusted="2001:db8::/32")
    assert guard.admits(22, near)
    assert guard.admits(23, near)
    assert guard.admits(80, far)
    assert guard.admits(80, None)
    assert not guard.admits(22, far)
    assert not guard.admits(22, None)
    assert not guard.admits(53, near)
    assert guard.admits(53, ip_network("2001:db8::1"))
    assert Guard().admits(53, None)


def test_an_entry_is_kept_as_an_object_and_read_from_it() -> None:
    entry = Opening(protocol="tcp", ports={"first": 22, "last": 22}, source="203.0.113.0/24")  # type: ignore[arg-type]
    assert guarded(allowed=[entry]) == guarded(allowed=["22/tcp from 203.0.113.0/24"])
