"""Status: one picture of the router, put together from what was observed and measured."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.health.statistics import Statistics
from app.model.config import Config, Gateway
from app.model.facts import Attachment, Facts, attachment
from app.model.family import Family
from app.model.probing import Moment
from app.model.status import GatewayStatus, PendingStatus, RuleStatus, Status
from app.model.verdict import State, Verdict
from app.probe.nameservers import nameservers
from app.worker.gateways import Gateways
from app.worker.meter import Meter
from app.worker.reconciler import Outcome

EARLY: Final = "recovering, used early because no better ISP works"


@dataclass(frozen=True, slots=True)
class Picture:
    """What the worker knew at the end of one turn. `wanted` is the newest revision, `in_force` the kernel's."""

    wanted: int
    in_force: int
    config: Config
    facts: Facts
    outcome: Outcome
    problems: tuple[str, ...] = ()


def status(
    picture: Picture, gateways: Gateways, meter: Meter, *, now: Moment, started_at: datetime, boot_id: str
) -> Status:
    """The picture as it is published."""
    desired = picture.outcome.desired
    return Status(
        observed_at=now.wall,
        started_at=started_at,
        boot_id=boot_id,
        wanted=picture.wanted,
        in_force=picture.in_force,
        gateways=tuple(_gateways(picture, gateways, meter, now)),
        rules=tuple(RuleStatus(number=one.number, hits=meter.hits(one.number)) for one in picture.config.rules),
        pending=tuple(PendingStatus(subject=one.subject, reason=one.reason) for one in desired.pending),
        rejected=(*picture.problems, *picture.outcome.rejected),
        all_down=bool(picture.config.gateways) and not desired.usable,
        facts=replace(picture.facts, name_servers=nameservers()),
    )


def _gateways(picture: Picture, gateways: Gateways, meter: Meter, now: Moment) -> Iterator[GatewayStatus]:
    members = picture.outcome.desired.members
    weights = sum(one.weight for one in picture.config.gateways if one.number in members)
    for gateway in picture.config.gateways:
        share = 100 * gateway.weight / weights if gateway.number in members and weights else 0.0
        yield _gateway(gateway, picture, gateways, meter, now, weight_percent=share)


def _gateway(
    gateway: Gateway,
    picture: Picture,
    gateways: Gateways,
    meter: Meter,
    now: Moment,
    *,
    weight_percent: float,
) -> GatewayStatus:
    members, monitor = picture.outcome.desired.members, gateways.monitor(gateway.number)
    verdict = None if monitor is None else monitor.verdict
    figures = Statistics() if monitor is None else monitor.statistics(now.monotonic_s)
    found = attachment(gateway, Family.IPV4, picture.config, picture.facts)
    attached = found if isinstance(found, Attachment) else None
    rate = meter.rate(gateway.interface)
    return GatewayStatus(
        number=gateway.number,
        name=gateway.name,
        interface=gateway.interface,
        next_hop=gateway.ipv4.address if attached is None else attached.next_hop,
        source=None if attached is None else attached.source,
        enabled=gateway.enabled,
        weight=gateway.weight,
        state=State.UNKNOWN if verdict is None else verdict.state,
        reason=_reason(verdict, in_use=gateway.number in members),
        since=now.wall if verdict is None else verdict.since,
        in_use=gateway.number in members,
        layer=None if verdict is None else verdict.layer,
        layers=() if monitor is None else monitor.layers(),
        weight_percent=weight_percent,
        share_percent=meter.share_percent(gateway.number, members),
        new_flows=meter.new_flows(gateway.number),
        rtt_ms=figures.rtt_ms,
        jitter_ms=figures.jitter_ms,
        loss_percent=figures.loss_percent,
        rx_bits_per_s=None if rate is None else rate.rx_bits_per_s,
        tx_bits_per_s=None if rate is None else rate.tx_bits_per_s,
        tier=gateway.tier,
        standby=gateway.number in picture.outcome.desired.standby,
        answers=verdict is not None and verdict.answers,
        risen=verdict is not None and verdict.risen,
    )


def _reason(verdict: Verdict | None, *, in_use: bool) -> str:
    """The verdict's own, but for what is used before its hold is over: "waits 4 s more" would be wrong of it."""
    if verdict is None:
        return "not reconciled yet"
    return EARLY if verdict.risen and in_use else verdict.reason
