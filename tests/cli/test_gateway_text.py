"""The five lines, with what was observed in them."""

from datetime import UTC, datetime

from app.cli import gateway_text
from app.cli.observed import Observed
from app.model.verdict import Layer, State, Verdict
from app.service.edits.gateways import change_gateway, disable_gateway
from app.store.reader import Revision
from tests.cli.console import FIVE_LINES
from tests.legs import in_ipv4
from tests.service.machine import BLANK, paper_config

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


def verdict(state: State, reason: str, layer: Layer | None = None) -> Verdict:
    return Verdict(state=state, reason=reason, since=SINCE, layer=layer, carries=state is State.UP)


def seen(*verdicts: Verdict) -> Observed:
    return Observed(BLANK, in_ipv4(dict(enumerate(verdicts, start=1))))


def test_gateways_that_are_up_or_not_proven_yet_look_as_in_the_paper() -> None:
    observed = seen(verdict(State.UP, "link and address are there"), verdict(State.UNKNOWN, "not probed yet"))
    assert "\n".join(gateway_text.lines(paper_config(), observed)) + "\n" == FIVE_LINES


def test_a_gateway_that_is_down_says_so_and_why() -> None:
    observed = seen(verdict(State.UP, ""), verdict(State.DOWN, "no reply from 10.0.0.3 (icmp, 3 probes)", Layer.ICMP))
    assert list(gateway_text.lines(paper_config(), observed))[2:4] == [
        "Default gateway [2]: 172.17.0.2 (eth2) (enabled) (down: no reply from 10.0.0.3 (icmp, 3 probes))",
        "weight 1 src 172.17.0.1",
    ]


def test_a_disabled_gateway_is_disabled_and_no_more() -> None:
    config = disable_gateway(paper_config(), 1)
    observed = seen(verdict(State.DOWN, "no carrier"))
    assert next(gateway_text.lines(config, observed)) == "Default gateway [1]: 192.168.1.2 (eth1) (disabled)"


def test_a_gateway_from_an_interface_that_never_brings_one_is_shown_all_the_same() -> None:
    config = change_gateway(paper_config(), 1, {"address": "auto"})
    assert list(gateway_text.lines(config, seen()))[:2] == [
        "Default gateway [1]: auto (eth1) (enabled)",
        "weight 1 src 192.168.1.1",
    ]


def test_programs_get_state_and_reason() -> None:
    observed = seen(verdict(State.UP, "link and address are there"))
    shown = gateway_text.as_json(Revision(6, paper_config()), observed)
    assert [(one["state"], one["reason"]) for one in shown["gateways"]] == [
        ("up", "link and address are there"),
        (None, None),
    ]
