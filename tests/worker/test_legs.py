"""A gateway with legs of two families, as a later one will have it: what befalls one is no business of the other."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv6Address
from pathlib import Path

from pydantic import TypeAdapter

from app.health.adoption import Remembered
from app.health.monitor import Monitor
from app.model.choices import Clients, OnReturn
from app.model.config import Config
from app.model.events.event import Event, LoggedEvent
from app.model.events.kinds import TierChanged, VerdictChanged
from app.model.facts import Facts
from app.model.family import Family
from app.model.layout import table
from app.model.leg import LegId
from app.model.probing import Moment
from app.model.status import GatewayStatus, Status
from app.model.verdict import Layer, State, Verdict
from app.plan.desired import desired_state
from app.plan.objects.route import Route
from app.plan.ruleset import NumberSets
from app.plan.state import KernelState
from app.probe.path import Path as ProbePath
from app.worker.event_log import EventLog, tier_events, verdict_events
from app.worker.flow_mover import FlowMover, MovedFlows
from app.worker.gateways import Gateways
from app.worker.history import SAMPLE_EVERY_S, History
from app.worker.inherited import inherited, scope
from app.worker.memory import Memory
from app.worker.meter import Meter
from app.worker.reconciler import Outcome
from app.worker.status import Picture, status
from app.worker.worker import _dead, _giving_back
from tests.kernel.fake import FakeKernel, Flow
from tests.legs import CONFIG, FACTS, FIRST, SECOND, IPv6Leg, ipv4, ipv6, unmanaged, without
from tests.plan.strategies import verdict
from tests.worker.running import until
from tests.worker.trying import play

BOOT = "3e9f5d0c-0000-4000-8000-000000000000"
NOW = Moment(100.0, datetime(2026, 3, 1, 12, 30, tzinfo=UTC))
HERE, THERE, OTHER = ipv4(1), ipv6(1), ipv4(2)
UP = {leg: verdict(State.UP) for leg in (HERE, THERE, OTHER)}
LOST = without(Family.IPV6)


class Prober:
    """Knows what is to be probed."""

    def __init__(self) -> None:
        self.watched: dict[LegId, ProbePath | None] = {}

    def watch(self, leg: LegId, path: ProbePath | None, _monitor: Monitor) -> None:
        self.watched[leg] = path

    def forget(self, leg: LegId) -> None:
        self.watched.pop(leg, None)


def followed(config: Config = CONFIG, facts: Facts = FACTS) -> tuple[Gateways, Prober]:
    prober = Prober()
    gateways = Gateways(prober, BOOT)  # type: ignore[arg-type]
    gateways.follow(config, facts, {}, frozenset(), NOW)
    gateways.probe()
    return gateways, prober


def outcome(verdicts: dict[LegId, Verdict], config: Config = CONFIG, facts: Facts = FACTS) -> Outcome:
    desired = desired_state(config, facts, verdicts)
    return Outcome(desired, desired.state)


def states(verdicts: dict[LegId, Verdict]) -> dict[LegId, State]:
    return {leg: one.state for leg, one in verdicts.items()}


def test_every_leg_has_a_monitor_and_a_path_of_its_own() -> None:
    gateways, prober = followed()
    assert states(gateways.verdicts()) == dict.fromkeys((HERE, THERE, OTHER), State.UP)
    paths = {leg: None if path is None else (path.number, str(path.source)) for leg, path in prober.watched.items()}
    assert paths == {HERE: (1, "192.168.1.1"), THERE: (1, "2001:db8:1::1"), OTHER: (2, "172.17.0.1")}
    assert len({id(gateways.monitor(leg)) for leg in UP}) == 3
    assert gateways.monitor(ipv6(2)) is None


def test_a_leg_without_an_address_is_down_and_the_other_is_not() -> None:
    gateways, prober = followed(facts=LOST)
    assert states(gateways.verdicts()) == {HERE: State.UP, THERE: State.DOWN, OTHER: State.UP}
    assert gateways.verdicts()[THERE].layer is Layer.ADDRESS
    assert prober.watched[THERE] is None
    assert prober.watched[HERE] is not None


def test_only_the_flows_of_the_leg_that_changed_have_lost_their_way() -> None:
    gateways, prober = followed()
    elsewhere = unmanaged(replace(FIRST, ipv6=IPv6Leg(address=IPv6Address("2001:db8:1::9"))), SECOND)
    assert gateways.follow(elsewhere, FACTS, {}, frozenset(), NOW) == set(), "the same source address still"
    renumbered = Facts(
        links=tuple(
            replace(
                link,
                addresses=tuple(
                    replace(one, address=type(one.address)("2001:db8:1::7/64")) if one.family is Family.IPV6 else one
                    for one in link.addresses
                ),
            )
            for link in FACTS.links
        )
    )
    assert gateways.follow(elsewhere, renumbered, {}, frozenset(), NOW) == {THERE}
    assert gateways.follow(unmanaged(replace(FIRST, ipv6=None), SECOND), FACTS, {}, frozenset(), NOW) == {THERE}
    assert prober.watched.keys() == {HERE, OTHER}


def test_a_leg_starts_from_its_own_remembered_verdict() -> None:
    down = Verdict(state=State.DOWN, reason="no reply", since=NOW.wall, layer=Layer.ICMP)
    gateways = Gateways(Prober(), BOOT)  # type: ignore[arg-type]
    gateways.follow(CONFIG, FACTS, {THERE: Remembered(down, BOOT, 1.0)}, frozenset({HERE}), NOW)
    assert gateways.verdicts()[HERE].state is State.UP
    assert gateways.verdicts()[THERE].state is State.DOWN


def shown(verdicts: dict[LegId, Verdict], facts: Facts = FACTS, config: Config = CONFIG) -> Status:
    gateways, _ = followed(config, facts)
    picture = Picture(1, 1, config, facts, outcome(verdicts, config, facts))
    return status(picture, gateways, Meter(), now=NOW, started_at=NOW.wall, boot_id=BOOT)


def test_each_leg_has_a_row_in_the_status() -> None:
    gateways, _ = followed(facts=LOST)
    seen = shown(gateways.verdicts(), LOST)
    assert [(one.leg, one.name, one.state, one.in_use) for one in seen.gateways] == [
        (HERE, "ISP 1", State.UP, True),
        (THERE, "ISP 1", State.DOWN, False),
        (OTHER, "ISP 2", State.UP, True),
    ]
    assert states(seen.verdicts()) == states(gateways.verdicts())
    assert [(str(one.next_hop), str(one.source)) for one in seen.gateways[:2]] == [
        ("192.168.1.2", "192.168.1.1"),
        ("2001:db8:1::2", "None"),
    ]
    assert [one.weight_percent for one in seen.gateways] == [50.0, 0.0, 50.0]
    assert not seen.all_down
    assert [one.weight_percent for one in shown(UP).gateways] == [50.0, 100.0, 50.0]


def test_a_row_names_its_family_where_it_does_not_go_without_saying() -> None:
    rows = TypeAdapter(tuple[GatewayStatus, ...])
    written = rows.dump_python(shown(UP).gateways, mode="json")
    assert [one.get("family") for one in written] == [None, 6, None]
    assert rows.validate_json(rows.dump_json(shown(UP).gateways)) == shown(UP).gateways


def told(events: list[Event]) -> list[str]:
    return [one.text for one in events]


def test_the_event_log_tells_of_the_leg_that_changed() -> None:
    down = Verdict(state=State.DOWN, reason="no reply", since=NOW.wall, layer=Layer.ICMP)
    events = [one for _, one in verdict_events(CONFIG, UP, UP | {THERE: down}, {THERE: 900.0, HERE: 5.0})]
    assert told(events) == ["ISP 1 IPv6 is down: no reply"]
    assert isinstance(events[0], VerdictChanged)
    assert (events[0].number, events[0].detected_ms) == (1, 900.0)
    events = [one for _, one in verdict_events(CONFIG, UP, UP | {HERE: down, OTHER: down}, {})]
    assert told(events) == ["ISP 1 IPv4 is down: no reply", "ISP 2 is down: no reply"]


def test_a_tier_that_changes_in_one_family_is_told_of_that_family() -> None:
    backup = replace(FIRST, number=2, name="ISP 2", interface="eth2", tier=2)
    config = unmanaged(FIRST, backup)
    before, after = (HERE, THERE), (HERE, ipv6(2))
    (event,) = tier_events(config, before, after, UP | {THERE: verdict(State.DOWN)})
    assert isinstance(event, TierChanged)
    assert (event.gateways, event.down, event.standby) == (("ISP 2 IPv6",), ("ISP 1 IPv6",), ())
    assert list(tier_events(config, before, before, UP)) == []


def test_a_dead_leg_and_a_resting_one_are_those_of_their_family() -> None:
    second = replace(FIRST, number=2, name="ISP 2", interface="eth2", tier=2, on_return=OnReturn.MOVE_BACK)
    config = unmanaged(FIRST, replace(second, ipv4=SECOND.ipv4, ipv6=IPv6Leg(address=IPv6Address("2001:db8:2::2"))))
    every = {**UP, ipv6(2): verdict(State.UP)}
    fallen = outcome(every | {THERE: verdict(State.DOWN)}, config)
    assert fallen.observed.of(NumberSets) == {
        NumberSets(away=frozenset()),
        NumberSets(dead=frozenset({1}), away=frozenset({1}), family=Family.IPV6),
    }
    assert _dead(fallen) == {THERE}
    assert set(fallen.desired.carrying) == {HERE, ipv6(2)}
    assert fallen.desired.resting == (OTHER,)
    assert _giving_back(config, fallen).keys() == {OTHER}, "in IPv6 the backup carries"
    assert _giving_back(config, outcome(every, config)).keys() == {OTHER, ipv6(2)}


def test_the_flow_mover_asks_for_the_flows_of_the_leg_that_is_dead(kernel: FakeKernel) -> None:
    moved: list[MovedFlows] = []

    async def story() -> None:
        kernel.flows = [
            Flow(number, protocol, family=family)
            for number in (1, 2)
            for family in Family
            for protocol in ("udp", "tcp")
        ]
        moves = FlowMover(kernel, moved.append)
        moving = asyncio.create_task(moves.run())
        moves.carry([HERE, THERE, OTHER])
        moves.note(frozenset({THERE}), frozenset(), Clients.TELL)
        await until(lambda: moves.is_settled, "its flows are dealt with")
        left = [one for one in kernel.flows if one.leg == THERE]
        assert [one.protocol for one in left] == ["tcp"]
        assert len(kernel.flows) == 7
        assert moved == [MovedFlows(THERE, 1, 1)]
        moves.carry([OTHER])
        moves.note(frozenset(), frozenset({HERE}), Clients.TELL, {OTHER: lambda: lambda _: False})
        await until(lambda: len(moved) == 2, "the backup lets go")
        assert moved[1] == MovedFlows(OTHER, 2, 1, back=True)
        assert {one.leg for one in kernel.flows} == {THERE, ipv6(2)}
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving

    play(story)


def test_verdicts_and_samples_are_remembered_by_leg(tmp_path: Path) -> None:
    async def story() -> None:
        gateways, _ = followed(facts=LOST)
        memory = Memory(tmp_path / "state.db")
        memory.open()
        history = History(memory, BOOT)
        later = Moment(NOW.monotonic_s + SAMPLE_EVERY_S, NOW.wall)
        history.pass_by(CONFIG, gateways, Meter(), later)
        history.write(gateways.verdicts(), later)
        await memory.close()
        another = Memory(tmp_path / "state.db")
        another.open()
        known = another.remembered(later)
        assert {leg: one.verdict for leg, one in known.items()} == gateways.verdicts()
        assert states({leg: one.verdict for leg, one in known.items()})[THERE] is State.DOWN
        await another.close()

    asyncio.run(story())


def test_what_an_earlier_worker_left_is_told_by_leg() -> None:
    left = desired_state(CONFIG, FACTS, UP).state
    assert scope(CONFIG).families == (Family.IPV4, Family.IPV6)
    found = inherited(CONFIG, FACTS, left)
    assert (found.in_use, found.changed) == (frozenset({HERE, THERE, OTHER}), frozenset[LegId]())
    emptied = KernelState(
        one for one in left if not (isinstance(one, Route) and (one.table, one.family) == (table(1), Family.IPV6))
    )
    assert inherited(CONFIG, FACTS, emptied).changed == {THERE}


class Publisher:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.logged: list[LoggedEvent] = []

    def log(self, event: LoggedEvent) -> None:
        self.logged.append(event)


def test_moved_flows_are_told_of_with_the_switch_of_their_leg() -> None:
    publisher = Publisher()
    noted: list[Mapping[LegId, Verdict]] = []
    log = EventLog(publisher, lambda verdicts, _: noted.append(verdicts))  # type: ignore[arg-type]
    log.begin_with(UP)
    fallen = UP | {THERE: verdict(State.DOWN)}
    log.time_switch(fallen, 4.5)
    log.add_turn(CONFIG, fallen, {}, outcome(fallen), ())
    assert noted == [fallen]
    assert not log.hears(HERE, UP[HERE])
    assert log.hears(THERE, UP[THERE])
    log.add_moved(MovedFlows(HERE, 2, 0))
    log.add_moved(MovedFlows(THERE, 3, 1))
    assert [(one.text, one.number, one.switched_ms) for one in publisher.logged] == [
        ("ISP 1 IPv6 is down: drawn", 1, None),
        ("failed over from ISP 1 IPv4: 2 flows moved", 1, None),
        ("failed over from ISP 1 IPv6: 3 flows moved, 1 TCP connection reset", 1, 4.5),
    ]
