from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest

from app.model.choices import AllDown, Role
from app.model.config import Config, Gateway, Interface
from app.model.events.kinds import FlowsMoved
from app.model.leg import IPv4Leg
from app.model.status import GatewayStatus, Status
from app.model.verdict import Layer, State
from app.store.reader import Revision
from app.store.state_schema import Sample
from app.web.forms.gateway import weight_part
from app.web.views import format as fmt
from app.web.views.events import event_lines
from app.web.views.gateway_list import other_weights, tier_words
from app.web.views.gateways import Mood, cards, without
from app.web.views.overview import Snapshot, overview
from app.web.views.picture import MOST_DRAWN, picture
from app.web.views.sparkline import HEIGHT, WIDTH, sparkline
from app.web.views.summary import Level, summary
from tests.legs import ipv4
from tests.web.fake_worker import down, healthy, idle

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace(fmt.SPACE, " ")


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (fmt.rate(0), "0 bit/s"),
        (fmt.rate(999), "999 bit/s"),
        (fmt.rate(1_234), "1.2 kbit/s"),
        (fmt.rate(12_345_678), "12.3 Mbit/s"),
        (fmt.rate(999_999_999), "1 Gbit/s"),
        (fmt.rate(4e12), "4000 Gbit/s"),
        (fmt.rate(None), "—"),
        (fmt.percent(0), "0 %"),
        (fmt.percent(0.2), "<1 %"),
        (fmt.percent(74.4), "74 %"),
        (fmt.milliseconds(0.31), "0.3 ms"),
        (fmt.duration(timedelta(seconds=59.9)), "59 s"),
        (fmt.duration(timedelta(minutes=3)), "3 min"),
        (fmt.duration(timedelta(hours=2, minutes=5)), "2 h 5 min"),
        (fmt.duration(timedelta(days=4, hours=3)), "4 d 3 h"),
        (fmt.duration(timedelta(seconds=-5)), "0 s"),
    ],
)
def test_every_number_has_its_unit(shown: str, words: str) -> None:
    assert plain(shown) == words


def router(count: int) -> Status:
    """A router with this many ISPs that work."""
    gateways = tuple(
        Gateway(
            number=number,
            name=f"ISP {number}",
            interface=f"eth{number}",
            ipv4=IPv4Leg(address=IPv4Address(f"10.{number}.0.1")),
        )
        for number in range(1, count + 1)
    )
    interfaces = tuple(Interface(name=one.interface, role=Role.WAN) for one in gateways)
    return healthy(Config(interfaces=interfaces, gateways=gateways), 1)


def test_a_backup_stands_by_and_is_never_up_and_idle() -> None:
    orange, digi, lte = router(3).gateways
    lte = idle(replace(lte, name="LTE", tier=2))
    status = replace(router(3), gateways=(orange, digi, lte))
    said = summary(status, NOW)
    assert (said.level, said.sentence) == (Level.GOOD, "ISP 1 and ISP 2 are up; LTE is on standby.")
    (card,) = (one for one in cards(status, Config(), (), NOW) if one.number == 3)
    assert (card.mood, card.word, card.reason) == (Mood.STANDBY, "standby", "takes over if ISP 1 and ISP 2 fail")
    assert card.share.words == "standby: gets no new connections"
    assert "LTE is on standby" in (picture(status) or pytest.fail("no picture")).words
    failing = replace(status, gateways=(orange, down(digi), lte))
    assert summary(failing, NOW).sentence == "The Internet works through ISP 1; ISP 2 is down; LTE is on standby."
    active = replace(lte, standby=False, in_use=True, weight_percent=100.0)
    gone = summary(replace(status, gateways=(down(orange), down(digi), active)), NOW)
    assert (gone.level, gone.sentence) == (
        Level.DEGRADED,
        "The Internet works through LTE (tier 2); ISP 1 and ISP 2 are down.",
    )
    unproven = replace(orange, state=State.UNKNOWN)
    assert (
        summary(replace(status, gateways=(unproven, lte)), NOW).sentence
        == "ISP 1 is not checked yet; LTE is on standby."
    )


def test_weights_count_within_a_tier() -> None:
    gateways = tuple(
        Gateway(
            number=number, name=f"ISP {number}", interface="eth1", ipv4=IPv4Leg(address=None), weight=weight, tier=tier
        )
        for number, weight, tier in ((1, 3, 1), (2, 1, 1), (3, 5, 2))
    )
    config = Config(gateways=gateways)
    assert other_weights(config, 1) == {1: 1, 2: 5}
    assert [plain(weight_part({"weight": "2", "tier": tier}, config, None)[1]) for tier in "123"] == [
        "33 % of new connections",
        "29 % of new connections while this tier is in use",
        "100 % of new connections while this tier is in use",
    ]
    assert without(config, None, 1) == "All new connections will use ISP 2."
    assert [tier_words(tier) for tier in (1, 2, 3)] == [
        "1 · always used",
        "2 · only while no ISP in tier 1 works",
        "3 · only while no ISP in tiers 1 to 2 works",
    ]


def changed(status: Status, **changes: object) -> Status:
    """The first ISP made different."""
    first: GatewayStatus = replace(status.gateways[0], **changes)  # type: ignore[arg-type]
    return replace(status, gateways=(first, *status.gateways[1:]))


def early(status: Status) -> Status:
    """The last ISP used before its hold is over."""
    *others, last = status.gateways
    return replace(status, gateways=(*others, replace(last, state=State.DOWN, answers=True, risen=True, in_use=True)))


@pytest.mark.parametrize(
    ("status", "level", "words"),
    [
        (None, Level.UNKNOWN, "The routing service has not reported yet."),
        (router(0), Level.UNKNOWN, "No ISP is configured yet."),
        (router(1), Level.GOOD, "ISP 1 is up."),
        (router(2), Level.GOOD, "Both ISPs are up. ISP 1 carries 50 % of new connections, ISP 2 50 %."),
        (changed(router(2), enabled=False, in_use=False), Level.GOOD, "ISP 2 is up; ISP 1 is disabled."),
        (changed(router(1), name="x" * 64), Level.GOOD, f"{'x' * 27}… is up."),
        (router(9), Level.GOOD, "All 9 ISPs are up."),
        (changed(router(1), enabled=False), Level.BAD, "All ISPs are disabled: new connections fail."),
        (changed(router(1), state=State.UNKNOWN), Level.UNKNOWN, "ISP 1 is being checked."),
        (changed(router(2), state=State.UNKNOWN, in_use=False), Level.DEGRADED, "The Internet works through ISP 2."),
        (
            early(replace(router(2), gateways=(down(router(2).gateways[0]), router(2).gateways[1]))),
            Level.DEGRADED,
            "The Internet works through ISP 2, which has just recovered; ISP 1 is down.",
        ),
        (
            changed(router(2), share_percent=None),
            Level.GOOD,
            "Both ISPs are up. ISP 1 gets 50 % and ISP 2 gets 50 % of new connections.",
        ),
    ],
)
def test_the_first_sentence(status: Status | None, level: Level, words: str) -> None:
    found = summary(status, NOW)
    assert (found.level, plain(f"{found.sentence} {found.shares}").strip()) == (level, words)


def test_what_is_read_out_has_no_figures_so_that_it_changes_with_transitions_only() -> None:
    one, other = router(2), changed(router(2), share_percent=12.0, rtt_ms=99.0)
    assert summary(one, NOW).announcement == summary(other, NOW).announcement == "Both ISPs are up."


def test_the_line_of_what_is_used_early_is_whole() -> None:
    drawn = picture(early(router(1)))
    assert drawn is not None
    assert drawn.boxes[0].words.startswith("recovering · ")
    assert {line.mood for line in drawn.lines} == {Mood.UP}


@pytest.mark.parametrize(("layer", "left"), [(Layer.CARRIER, True), (Layer.NEXT_HOP, True), (Layer.ICMP, False)])
def test_the_line_is_broken_where_it_fails(layer: Layer, left: bool) -> None:
    status = router(2)
    broken = replace(down(status.gateways[0]), layer=layer)
    drawn = picture(replace(status, gateways=(broken, status.gateways[1])))
    assert drawn is not None
    crosses = [line.cross[0] for line in drawn.lines if line.cross is not None]
    assert len(crosses) == 1
    assert (crosses[0] < drawn.box_left) is left


def test_more_isps_than_can_be_read_in_a_picture_are_a_list() -> None:
    assert picture(router(MOST_DRAWN + 1)) is None
    assert picture(replace(router(1), gateways=())) is None


@pytest.mark.parametrize("count", [1, 2, MOST_DRAWN])
def test_every_isp_is_inside_the_picture(count: int) -> None:
    drawn = picture(router(count))
    assert drawn is not None
    half = drawn.box_height / 2
    assert all(half <= box.y <= drawn.height - half for box in drawn.boxes)


def test_a_sparkline_stays_in_its_box_and_shows_what_was_lost() -> None:
    rtts = [None if 20 <= tick < 24 else 10.0 + tick % 7 for tick in range(60)]
    samples = tuple(Sample(ipv4(1), NOW - timedelta(seconds=300 - 5 * tick), rtt) for tick, rtt in enumerate(rtts))
    line = sparkline(samples, NOW)
    assert line is not None
    assert len(line.lines) == 2
    assert line.gaps == ((80, 16),)
    points = [tuple(map(float, point.split(","))) for part in line.lines for point in part.split()]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert "no replies in 7 % of that time" in plain(line.words)
    assert sparkline(samples[:1], NOW) is None


@pytest.mark.parametrize("all_down", AllDown)
def test_the_headline_does_not_deny_an_internet_that_connections_are_sent_to(all_down: AllDown) -> None:
    status = router(2)
    failing = replace(
        status, gateways=tuple(replace(down(one), in_use=True, rx_bits_per_s=900) for one in status.gateways)
    )
    found = summary(failing, NOW, all_down)
    assert found.level is Level.BAD
    assert ("still sending through both ISPs" in found.sentence) == (all_down is AllDown.KEEP_TRYING)
    assert ("not reachable" in found.sentence) == (all_down is AllDown.REFUSE)


@pytest.mark.parametrize("all_down", AllDown)
@pytest.mark.parametrize("in_use", [True, False])
def test_the_headline_does_not_deny_traffic_that_is_measured(all_down: AllDown, in_use: bool) -> None:
    first, second = (replace(down(one), in_use=in_use, rx_bits_per_s=900) for one in router(2).gateways)
    status = replace(router(2), gateways=(replace(first, rx_bits_per_s=2e6), second))
    said = summary(status, NOW, all_down)
    assert said.sentence == "All health checks are failing, but traffic still arrives through ISP 1."
    assert said.level is Level.BAD


def test_many_isps_are_a_list_whose_order_changes_with_a_state_alone() -> None:
    status = router(6)
    first, second, third, *others = status.gateways
    second, third = idle(replace(second, enabled=False)), down(third)
    config = Config()
    for share in (10.0, 90.0):
        found = replace(status, gateways=(replace(first, share_percent=share, tier=2), second, third, *others))
        known = Snapshot(found, 0, False, Revision(1, config), (), (), NOW)
        page = overview(known)
        assert page.is_compact
        assert page.picture is None
        assert [one.number for one in page.cards] == [3, 1, 4, 5, 6, 2]
    assert not overview(replace(known, status=router(MOST_DRAWN))).is_compact


def test_a_failover_counts_its_resets_once() -> None:
    moved = FlowsMoved(gateway="ISP 1", number=1, flows_moved=16, flows_told=1, back=False, layer=None, switched_ms=4.0)
    (line,) = event_lines((moved.logged(NOW),), Config())
    assert line.text == "Failed over from ISP 1: 16 flows moved, 1 TCP connection reset"
    assert plain(line.figures) == "switched in 4 ms"


def test_an_isp_that_is_up_shows_how_long_and_its_reason_as_a_sentence() -> None:
    (card,) = cards(changed(router(1), reason="all checks passing"), Config(), (), NOW)
    assert card.reason == "All checks passing"
