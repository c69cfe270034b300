"""ISP cards: configuration and observed state in one, with a word and an icon."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.model.config import Config, Gateway
from app.model.status import GatewayStatus, LayerStatus, Status
from app.model.verdict import State
from app.model.words import counted, either, joined
from app.store.state_schema import Sample
from app.web.views import format as fmt
from app.web.views.sparkline import Sparkline, sparkline

# More names than these are too many for one line.
_MOST_NAMED: Final = 3


class Mood(StrEnum):
    """The look of a state: an icon and a word each, never color alone."""

    UP = "up"
    STANDBY = "standby"
    DOWN = "down"
    UNKNOWN = "unknown"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Share:
    """A gateway's part of new connections, as it is and as it should be. `mark`: what the mark on its bar means."""

    words: str
    mark: str
    measured_percent: float
    configured_percent: float


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the verdict, as a line under the card."""

    name: str
    text: str
    mood: Mood
    word: str


@dataclass(frozen=True, slots=True)
class GatewayCard:
    """One ISP, ready to be shown. `since` None: nothing is known of it yet. `without`: what disabling it would mean.

    `since_word`: what it has been since then.
    """

    number: int
    name: str
    interface: str
    address: str
    mood: Mood
    word: str
    reason: str
    since: datetime | None
    since_word: str
    lasting: str
    enabled: bool
    in_use: bool
    rtt: str
    jitter: str
    loss: str
    received: str
    sent: str
    share: Share
    without: str
    layers: tuple[Layer, ...]
    layers_word: str
    history: Sparkline | None


def cards(status: Status | None, config: Config, samples: tuple[Sample, ...], now: datetime) -> tuple[GatewayCard, ...]:
    """All ISPs, as the worker reports them, or from the configuration before its report."""
    observed = {} if status is None else {one.number: one for one in status.gateways}
    found = [
        _observed(one, samples, now, without(config, status, one.number), waits_for(status, one))
        for one in observed.values()
    ]
    found += [_unheard(one) for one in config.gateways if one.number not in observed]
    return tuple(sorted(found, key=lambda card: card.number))


def _observed(gateway: GatewayStatus, samples: tuple[Sample, ...], now: datetime, lost: str, waits: str) -> GatewayCard:
    mood, word = state_of(gateway)
    own = tuple(one for one in samples if one.leg == gateway.leg)
    return GatewayCard(
        number=gateway.number,
        name=gateway.name,
        interface=gateway.interface,
        address=_with_tier(str(gateway.next_hop or "from the interface"), gateway.tier),
        mood=mood,
        word=word,
        reason=_reason(gateway, waits),
        since=gateway.since,
        since_word=f"{gateway.state} since",
        lasting=fmt.duration(now - gateway.since),
        enabled=gateway.enabled,
        in_use=gateway.in_use,
        rtt=fmt.milliseconds(gateway.rtt_ms),
        jitter=fmt.milliseconds(gateway.jitter_ms),
        loss=fmt.percent(gateway.loss_percent),
        received=fmt.rate(gateway.rx_bits_per_s),
        sent=fmt.rate(gateway.tx_bits_per_s),
        share=_share(gateway),
        without=lost,
        layers=tuple(_layer(one) for one in gateway.layers),
        layers_word=_layers_word(gateway.layers),
        history=sparkline(own, now),
    )


def state_of(gateway: GatewayStatus) -> tuple[Mood, str]:
    """The look and the word of a gateway's state. A gateway in hold-down is recovering, not down."""
    if not gateway.enabled:
        return Mood.OFF, "disabled"
    if gateway.standby:
        return Mood.STANDBY, "standby"
    if is_coming_back(gateway):
        return Mood.UNKNOWN, "recovering"
    match gateway.state:
        case State.UP:
            return Mood.UP, "up"
        case State.DOWN:
            return Mood.DOWN, "down"
        case State.UNKNOWN:
            return Mood.UNKNOWN, "checking"


def waits_for(status: Status | None, gateway: GatewayStatus) -> str:
    """The gateways that a standby one replaces; empty for all others."""
    if status is None or not gateway.standby:
        return ""
    better = [one.name for one in status.gateways if one.tier < gateway.tier and (one.in_use or one.standby)]
    if len(better) > _MOST_NAMED:
        return f"takes over if all {len(better)} ISPs of better tiers fail"
    return f"takes over if {joined(better)} {either(len(better), 'fails', 'fail')}"


def _reason(gateway: GatewayStatus, waits: str) -> str:
    reason = (waits or gateway.reason) if gateway.enabled else _why_off(gateway)
    return fmt.sentence(reason) if state_of(gateway)[0] is Mood.UP else reason


def is_coming_back(gateway: GatewayStatus) -> bool:
    """Whether all checks pass and the gateway is in hold-down."""
    return gateway.state is State.DOWN and bool(gateway.layers) and all(one.ok for one in gateway.layers)


def _with_tier(address: str, tier: int) -> str:
    return address if tier == 1 else f"{address} · tier {tier}"


def _why_off(gateway: GatewayStatus) -> str:
    if gateway.state is State.DOWN:
        return f"disabled; checks failing: {gateway.reason}"
    return "disabled; gets no new connections"


def _share(gateway: GatewayStatus) -> Share:
    return Share(
        words=_share_words(gateway),
        mark=f"mark: {fmt.percent(gateway.weight_percent)} by weight" if gateway.in_use else "",
        measured_percent=_bounded(gateway.share_percent or 0.0),
        configured_percent=_bounded(gateway.weight_percent),
    )


def _share_words(gateway: GatewayStatus) -> str:
    if gateway.standby and gateway.enabled:
        return "standby: gets no new connections"
    if not gateway.in_use:
        return "gets no new connections"
    if gateway.state is State.DOWN and not gateway.is_early:
        return "down, still used as last resort"
    if gateway.share_percent is None:
        return "gets new connections"
    return f"{fmt.percent(gateway.share_percent)} of new connections"


def _bounded(value: float) -> float:
    return round(min(100.0, max(0.0, value)), 1)


_LAYER_MOODS = {True: (Mood.UP, "OK"), False: (Mood.DOWN, "failing"), None: (Mood.UNKNOWN, "unknown")}


def _layer(layer: LayerStatus) -> Layer:
    mood, word = _LAYER_MOODS[layer.ok]
    return Layer(name=fmt.sentence(layer.layer.label), text=layer.text, mood=mood, word=word)


def _layers_word(layers: tuple[LayerStatus, ...]) -> str:
    """The summary of the layers, on the line that expands them."""
    failing = [one.layer.label for one in layers if one.ok is False]
    if failing:
        fine = sum(one.ok is True for one in layers)
        return f"{fmt.sentence(joined(failing))} failing" + (f", {counted(fine, 'other check')} OK" if fine else "")
    return "All checks OK" if all(one.ok for one in layers) else "Checks so far"


def _unheard(gateway: Gateway) -> GatewayCard:
    none = fmt.UNMEASURED
    return GatewayCard(
        number=gateway.number,
        name=gateway.name,
        interface=gateway.interface,
        address=_with_tier(str(gateway.ipv4.address or "from the interface"), gateway.tier),
        mood=Mood.UNKNOWN if gateway.enabled else Mood.OFF,
        word="checking" if gateway.enabled else "disabled",
        reason="no report from the routing service yet",
        since=None,
        since_word="",
        lasting="",
        enabled=gateway.enabled,
        in_use=False,
        rtt=none,
        jitter=none,
        loss=none,
        received=none,
        sent=none,
        share=Share("gets no new connections yet", "", 0.0, 0.0),
        without="",
        layers=(),
        layers_word="",
        history=None,
    )


def others_working(config: Config, status: Status | None, number: int) -> list[Gateway]:
    """The other ISPs that would stay: enabled and not known to be down."""
    known = {} if status is None else {one.number: one for one in status.gateways}
    dead = {one.number for one in known.values() if one.state is not State.UP}
    return [one for one in config.gateways if one.enabled and one.number != number and one.number not in dead]


def without(config: Config, status: Status | None, number: int) -> str:
    """The consequence for new connections without this ISP."""
    working = others_working(config, status, number)
    best = min((one.tier for one in working), default=1)
    others = [one.name for one in working if one.tier == best]
    if not others:
        return "No working ISP remains: the Internet will not be reachable."
    if len(others) == 1:
        return f"All new connections will use {others[0]}."
    return f"New connections will be balanced over {joined(others)}."
