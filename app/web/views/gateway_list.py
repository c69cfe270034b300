"""The list of ISPs: the configuration and the observed state of each."""

from dataclasses import dataclass

from app.model.choices import Snat
from app.model.config import Config, Gateway
from app.web.views import format as fmt
from app.web.views.gateways import GatewayCard, cards
from app.web.views.overview import Snapshot

SNAT_WORDS = {
    Snat.ADDRESS: "source NAT to the ISP's address",
    Snat.MASQUERADE: "masquerade",
    Snat.OFF: "no source NAT",
}


@dataclass(frozen=True, slots=True)
class GatewayRow:
    """One ISP in the list. `part`: what its weight means now, or would mean; `tier` empty: all are of one."""

    card: GatewayCard
    weight: int
    part: str
    checks: tuple[str, ...]
    own_checks: bool
    snat: str
    tier: str


@dataclass(frozen=True, slots=True)
class GatewayList:
    """All of them."""

    rows: tuple[GatewayRow, ...]
    revision: int


def gateway_list(known: Snapshot) -> GatewayList:
    """The list as it is now."""
    config = known.config
    observed = {card.number: card for card in cards(known.status, config, (), known.now)}
    rows = tuple(_row(one, observed[one.number], config) for one in config.gateways)
    return GatewayList(rows, known.head.number)


def other_weights(config: Config, number: int | None) -> dict[int, int]:
    """The weights of the other enabled ISPs together, for each tier that has any."""
    found: dict[int, int] = {}
    for one in config.gateways:
        if one.enabled and one.number != number:
            found[one.tier] = found.get(one.tier, 0) + one.weight
    return found


def part_percent(weight: int, others: int) -> float:
    """The share of new connections that a weight gets, in percent."""
    return 100 * weight / (weight + others)


def tier_words(tier: int) -> str:
    """The words for a tier."""
    if tier == 1:
        return "1 · always used"
    better = "tier 1" if tier == 2 else f"tiers 1 to {tier - 1}"
    return f"{tier} · only while no ISP in {better} works"


def _part(gateway: Gateway, card: GatewayCard, others: int) -> str:
    """The share of new connections by weight: the figure of its card, or what it would be."""
    if not gateway.enabled:
        return "none"
    if card.in_use:
        return f"{fmt.percent(card.share.configured_percent)} of new connections"
    return f"{fmt.percent(part_percent(gateway.weight, others))} of new connections while its tier is up"


def _row(gateway: Gateway, card: GatewayCard, config: Config) -> GatewayRow:
    others = other_weights(config, gateway.number).get(gateway.tier, 0)
    has_tiers = any(one.tier > 1 for one in config.gateways)
    return GatewayRow(
        card=card,
        weight=gateway.weight,
        part=_part(gateway, card, others),
        checks=tuple(check.describe() for check in config.checks(gateway)),
        own_checks=gateway.checks is not None,
        snat=SNAT_WORDS[gateway.ipv4.snat],
        tier=tier_words(gateway.tier) if has_tiers else "",
    )
