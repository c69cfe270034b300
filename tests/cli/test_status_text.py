"""One sentence, and a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest

from app.cli import status_text
from app.model.countdown import Returned
from app.model.status import GatewayStatus, PendingStatus, Status
from app.model.verdict import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def gateway(
    number: int, name: str, state: State, *, enabled: bool = True, share: float | None = None, reason: str = "why"
) -> GatewayStatus:
    return GatewayStatus(
        number=number,
        name=name,
        interface=f"eth{number}",
        next_hop=IPv4Address("192.0.2.1"),
        source=None,
        enabled=enabled,
        weight=1,
        state=state,
        reason=reason,
        since=NOW - timedelta(minutes=5),
        in_use=state is State.UP,
        weight_percent=50,
        share_percent=share,
        rtt_ms=12.34 if state is State.UP else None,
    )


def status(*gateways: GatewayStatus, wanted: int = 3) -> Status:
    return Status(observed_at=NOW, started_at=NOW, boot_id="b", wanted=wanted, in_force=3, gateways=gateways)


ORANGE, DIGI = gateway(1, "Orange", State.UP, share=74), gateway(2, "DIGI", State.UP, share=26)
DEAD = gateway(2, "DIGI", State.DOWN, reason="no carrier on eth2")
EARLY = replace(DEAD, in_use=True, answers=True, risen=True)
NEW = gateway(2, "DIGI", State.UNKNOWN, reason="no reply yet")
OFF = gateway(2, "DIGI", State.UP, enabled=False)


@pytest.mark.parametrize(
    ("gateways", "sentence"),
    [
        ((), "No gateway is configured (add one with `config gateway add`)."),
        ((ORANGE, DIGI), "All 2 gateways are up; of new connections: Orange 74 %, DIGI 26 %."),
        ((ORANGE, DEAD), "Orange is up; DIGI is down."),
        ((ORANGE, OFF), "Orange is up."),
        ((DEAD,), "No gateway works: DIGI is down."),
        ((DEAD, replace(DEAD, name="Orange")), "No gateway works: DIGI and Orange are down."),
        ((replace(DEAD, in_use=True),), "No gateway works: DIGI is down, still used as last resort."),
        ((EARLY,), "DIGI is used while still recovering, because no better gateway works."),
        (
            (EARLY, replace(DEAD, name="Orange")),
            "DIGI is used while still recovering, because no better gateway works; Orange is down.",
        ),
        ((ORANGE, DEAD, replace(NEW, name="New")), "Orange is up; New is unknown, DIGI is down."),
        ((NEW,), "No gateway has replied yet."),
        ((OFF,), "Every gateway is disabled."),
    ],
)
def test_the_sentence(gateways: tuple[GatewayStatus, ...], sentence: str) -> None:
    assert status_text.sentence(status(*gateways)) == sentence


def test_what_was_refused_is_in_the_first_sentence() -> None:
    seen = replace(status(ORANGE, DIGI), rejected=("table 241 is somebody else's",))
    assert status_text.sentence(seen).endswith("DIGI 26 %. 1 change rejected, see below.")


def test_a_gateway_that_is_down_and_used_all_the_same_says_so() -> None:
    waiting = replace(DEAD, reason="recovering, back in use in 4 s", in_use=True)
    *_, row = status_text.table(status(waiting), NOW)
    assert row.endswith("recovering, back in use in 4 s; still used as last resort")


def test_the_table() -> None:
    assert list(status_text.table(status(ORANGE, DEAD), NOW)) == [
        "   gateway  interface  state           rtt      loss  share  reason",
        "1  Orange   eth1       up for 5 min    12.3 ms  -     74 %   why",
        "2  DIGI     eth2       down for 5 min  -        -     none   no carrier on eth2",
    ]


def test_what_is_pending_refused_or_not_in_force_is_said() -> None:
    seen = Status(
        observed_at=NOW,
        started_at=NOW,
        boot_id="b",
        wanted=4,
        in_force=3,
        pending=(PendingStatus(subject="gateways.2", reason="eth2 is absent"),),
        rejected=("table 241 is somebody else's",),
    )
    assert list(status_text.table(seen, NOW)) == [
        "pending: gateways.2: eth2 is absent",
        "rejected: table 241 is somebody else's",
        "revision 4 is saved, 3 is applied",
    ]


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(days=3, hours=5), "3 d"),
    ],
)
def test_how_long_ago(passed: timedelta, text: str) -> None:
    assert status_text.ago(NOW - passed, NOW) == text


def test_a_revision_that_waits_says_until_when() -> None:
    waiting = replace(status(ORANGE), on_trial=3, in_force_for_s=18.0, confirm_within_s=42.3, returns_to=2)
    assert list(status_text.table(waiting, NOW))[-1] == (
        "revision 3 must be confirmed within 42 s, or it is rolled back to revision 2"
    )


def test_a_revision_that_was_given_back_says_why() -> None:
    returned = Returned(revision=4, why="not confirmed within 60 s", at=NOW, to=3)
    lines = list(status_text.table(replace(status(ORANGE, wanted=4), returned=returned), NOW))
    assert lines[-1] == "revision 4 was rolled back: not confirmed within 60 s"
