"""Status: the state of the router at one moment, from what was observed and measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.health.statistics import Statistics
from app.model.config import Config, Gateway
from app.model.facts import Attachment, Facts, attachment
from app.model.family import Family
from app.model.leg import Leg, LegId
from app.model.probing import Moment
from app.model.status import GatewayStatus, PendingStatus, RuleStatus, Status
from app.model.verdict import State
from app.probe.nameservers import nameservers
from app.worker.gateways import Gateways
from app.worker.meter import Meter
from app.worker.reconciler import Outcome


@dataclass(frozen=True, slots=True)
class Picture:
    """What the worker knows at the end of one pass. `wanted`: the newest revision. `in_force`: the one in the
    kernel.
    """

    wanted: int
    in_force: int
    config: Config
    facts: Facts
    outcome: Outcome
    problems: tuple[str, ...] = ()


def status(
    picture: Picture, gateways: Gateways, meter: Meter, *, now: Moment, started_at: datetime, boot_id: str
) -> Status:
    """The status to publish."""
    desired = picture.outcome.desired
    return Status(
        observed_at=now.wall,
        started_at=started_at,
        boot_id=boot_id,
        wanted=picture.wanted,
        in_force=picture.in_force,
        gateways=tuple(_legs(picture, gateways, meter, now)),
        rules=tuple(RuleStatus(number=one.number, hits=meter.hits(one.number)) for one in picture.config.rules),
        pending=tuple(PendingStatus(subject=one.subject, reason=one.reason) for one in desired.pending),
        rejected=(*picture.problems, *picture.outcome.rejected),
        all_down=bool(picture.config.gateways) and not desired.usable,
        facts=replace(picture.facts, name_servers=nameservers()),
    )


def _legs(picture: Picture, gateways: Gateways, meter: Meter, now: Moment) -> Iterator[GatewayStatus]:
    every, use = picture.config.gateways, picture.outcome.desired.use
    weights = {family: sum(one.weight for one in every if one.number in used.members) for family, used in use.items()}
    for gateway, leg in picture.config.legs.values():
        yield _leg(gateway, leg, picture, gateways, meter, now=now, weights=weights)


def _leg(
    gateway: Gateway,
    leg: Leg,
    picture: Picture,
    gateways: Gateways,
    meter: Meter,
    *,
    now: Moment,
    weights: Mapping[Family, int],
) -> GatewayStatus:
    desired, monitor = picture.outcome.desired, gateways.monitor(LegId(gateway.number, leg.family))
    use = desired.of(leg.family)
    in_use = gateway.number in use.members
    verdict = None if monitor is None else monitor.verdict
    figures = Statistics() if monitor is None else monitor.statistics(now.monotonic_s)
    found = attachment(gateway, leg.family, picture.config, picture.facts)
    attached = found if isinstance(found, Attachment) else None
    rate = meter.rate(gateway.interface)
    return GatewayStatus(
        number=gateway.number,
        name=gateway.name,
        interface=gateway.interface,
        next_hop=leg.address if attached is None else attached.next_hop,
        source=None if attached is None else attached.source,
        enabled=gateway.enabled,
        weight=gateway.weight,
        state=State.UNKNOWN if verdict is None else verdict.state,
        reason="not reconciled yet" if verdict is None else verdict.reason,
        since=now.wall if verdict is None else verdict.since,
        in_use=in_use,
        layer=None if verdict is None else verdict.layer,
        layers=() if monitor is None else monitor.layers(),
        weight_percent=100 * gateway.weight / weights[leg.family] if in_use else 0.0,
        share_percent=meter.share_percent(gateway.number, desired.members) if in_use else None,
        new_flows=meter.new_flows(gateway.number),
        rtt_ms=figures.rtt_ms,
        jitter_ms=figures.jitter_ms,
        loss_percent=figures.loss_percent,
        rx_bits_per_s=None if rate is None else rate.rx_bits_per_s,
        tx_bits_per_s=None if rate is None else rate.tx_bits_per_s,
        tier=gateway.tier,
        standby=gateway.number in use.standby,
        answers=verdict is not None and verdict.answers,
        risen=verdict is not None and verdict.risen,
        family=leg.family,
    )
