"""What holds for the whole router."""

import pytest

from app.model.choices import AllDown, Balancing, Clients
from app.model.config import EMPTY
from app.service.edits.settings import change_failover, change_panel, set_balancing
from app.service.fields import Fields
from tests.service.machine import refused


def test_what_is_not_named_stays() -> None:
    config = change_failover(EMPTY, {"timing": {"fall": 5}, "all_down": "refuse"})
    config = change_failover(config, {"timing": {"interval_s": "0.2"}, "clients": "wait"})
    failover = config.settings.failover
    assert (failover.timing.fall, failover.timing.interval_s) == (5, 0.2)
    assert (failover.all_down, failover.clients) == (AllDown.REFUSE, Clients.WAIT)


def test_switching_it_off_keeps_how_it_was_set() -> None:
    config = change_failover(EMPTY, {"checks": [{"kind": "icmp", "targets": ["10.0.0.3"]}]})
    off = change_failover(config, {"enabled": False})
    assert not off.settings.failover.enabled
    assert change_failover(off, {"enabled": True}) == config


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"timing": {"interval_s": 0}}, "settings.failover.timing.interval_s"),
        ({"timing": {"interval_s": "soon"}}, "settings.failover.timing.interval_s"),
        ({"timing": {"interval_s": "nan"}}, "settings.failover.timing.interval_s"),
        ({"timing": {"patience": 1}}, "settings.failover.timing.patience"),
        ({"checks": [{"kind": "icmp", "targets": ["a b"]}]}, "settings.failover.checks.0"),
        ({"checks": [{"kind": "icmp", "targets": ["10.0.0.3"], "quorum": 3}]}, "settings.failover.checks.0"),
        ({"checks": [{"kind": "smoke"}]}, "settings.failover.checks.0"),
        ({"all_down": "panic"}, "settings.failover.all_down"),
    ],
)
def test_bad_failover_settings_are_refused_with_their_field(fields: Fields, field: str) -> None:
    with refused(field):
        change_failover(EMPTY, fields)


def test_the_balancing_mode() -> None:
    assert set_balancing(EMPTY, "client").settings.balancing is Balancing.CLIENT
    with refused("settings.balancing"):
        set_balancing(EMPTY, "by color")


def test_the_panels_settings() -> None:
    config = change_panel(EMPTY, {"port": 8443})
    config = change_panel(config, {"reachable_from_outside": True})
    assert (config.settings.panel.port, config.settings.panel.reachable_from_outside) == (8443, True)


@pytest.mark.parametrize("fields", [{"port": 0}, {"port": 65536}, {"port": "https"}])
def test_a_port_that_is_none_is_refused(fields: Fields) -> None:
    with refused("settings.panel.port"):
        change_panel(EMPTY, fields)
