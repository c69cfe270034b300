"""What ISPs are asked: one check more, another one, one less."""

from app.model.check import HttpCheck, IcmpCheck, TcpCheck
from app.model.config import Config
from app.service.edits.checks import (
    CheckFields,
    add_check,
    ask_as_all,
    change_check,
    check_at,
    delete_check,
    own_checks,
    watch_link_alone,
)
from app.service.edits.gateways import change_timing
from tests.service.machine import paper_config, refused

PAPER = paper_config()
ICMP = {"kind": "icmp", "targets": ["10.0.0.3"]}
URL = {"kind": "http", "url": "http://10.0.0.3/"}
TCP = {"kind": "tcp", "targets": ["10.0.0.3"], "port": "443"}


def asked(*checks: CheckFields, gateway: int | None = 2) -> Config:
    config = PAPER
    for check in checks:
        config = add_check(config, gateway, check)
    return config


def test_an_isps_first_check_of_its_own_stands_in_place_of_those_for_all() -> None:
    config = add_check(asked(TCP, gateway=None), 2, ICMP)
    assert own_checks(config, None) == (TcpCheck(targets=("10.0.0.3",), port=443),)
    assert own_checks(config, 1) is None
    assert own_checks(config, 2) == (IcmpCheck(targets=("10.0.0.3",)),)
    assert config.checks(config.gateways[1]) == own_checks(config, 2)
    assert ask_as_all(config, 2) == asked(TCP, gateway=None)


def test_checks_are_changed_and_removed_by_their_place() -> None:
    config = change_check(asked(ICMP, URL), 2, 1, TCP)
    assert [one.kind for one in own_checks(config, 2) or ()] == ["tcp", "http"]
    assert check_at(config, 2, 2) == HttpCheck(url="http://10.0.0.3/")
    config = delete_check(delete_check(config, 2, 2), 2, 1)
    assert own_checks(config, 2) == ()
    assert own_checks(watch_link_alone(PAPER, 2), 2) == ()


def test_a_place_where_nothing_is_asked_is_refused() -> None:
    with refused("gateways.2.checks", r"there is no check 3 \(the last is 2\)"):
        delete_check(asked(ICMP, URL), 2, 3)
    with refused("gateways.2.checks", "there is no check 0"):
        change_check(asked(ICMP, URL), 2, 0, TCP)
    with refused("settings.failover.checks", r"there is no check 1 \(there is none\)"):
        delete_check(PAPER, None, 1)
    with refused("gateways.2.checks", "no checks of its own"):
        delete_check(PAPER, 2, 1)
    with refused("gateways", "there is no gateway 7"):
        add_check(PAPER, 7, ICMP)


def test_what_a_check_cannot_be_is_refused_under_its_place() -> None:
    with refused("gateways.2.checks.1", "quorum 2 of 1 targets"):
        add_check(asked(URL), 2, {**ICMP, "quorum": 2})


def test_an_isps_own_timing_is_set_and_taken_back_by_itself() -> None:
    config = change_timing(change_timing(PAPER, 2, {"interval_s": "5", "fall": 2}), 2, {"hold_s": 60})
    timing = config.gateways[1].timing
    assert (timing.interval_s, timing.fall, timing.hold_s, timing.rise) == (5, 2, 60, None)
    config = change_timing(config, 2, {"interval_s": None})
    assert (config.gateways[1].timing.interval_s, config.gateways[1].timing.fall) == (None, 2)
    with refused("gateways.2.timing.fall"):
        change_timing(PAPER, 2, {"fall": 0})
