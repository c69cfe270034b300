"""The state of each gateway on this machine now: the one interpretation of facts that all parts of a plan share."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.model.choices import Role
from app.model.config import Config, Gateway
from app.model.facts import Attachment, Facts, attachment, own_addresses
from app.model.family import Family, IPNetwork
from app.model.leg import Leg, LegId
from app.model.verdict import State, Verdict


@dataclass(frozen=True, slots=True)
class Site:
    """A gateway in one family: its attachment (or a sentence why there is none), and what its verdict means for flows.

    `risen`: it replies, but its hold-down is not over; it is usable if it was used early. `shares`: another gateway
    uses the same interface.
    """

    gateway: Gateway
    leg: Leg
    attached: Attachment | None
    missing: str
    usable: bool
    risen: bool
    failed: bool
    shares: bool

    @property
    def number(self) -> int:
        """The gateway's number."""
        return self.gateway.number

    @property
    def leg_id(self) -> LegId:
        """Which leg it is."""
        return LegId(self.gateway.number, self.leg.family)

    @property
    def family(self) -> Family:
        """The family of this site."""
        return self.leg.family


def sites(family: Family, config: Config, facts: Facts, verdicts: Mapping[LegId, Verdict]) -> tuple[Site, ...]:
    """Every gateway with a leg in this family, sorted by number (an unsorted multipath route moves flows).

    The hold is for choosing between gateways. Where none has completed it there is nothing to choose, and waiting would
    only make the outage longer: those that have risen are usable then.
    """
    every = sorted(config.gateways, key=lambda gateway: gateway.number)
    ordered = [(gateway, leg) for gateway in every if (leg := gateway.leg(family)) is not None]
    users = Counter(gateway.interface for gateway, _ in ordered)
    found = tuple(
        _site(
            *(gateway, leg, config, facts, verdicts.get(LegId(gateway.number, family))),
            shares=users[gateway.interface] > 1,
        )
        for gateway, leg in ordered
    )
    if any(site.usable and not site.risen for site in found):
        return found
    return tuple(replace(site, usable=site.usable or site.risen) for site in found)


def _site(gateway: Gateway, leg: Leg, config: Config, facts: Facts, verdict: Verdict | None, *, shares: bool) -> Site:
    found = attachment(gateway, leg.family, config, facts)
    attached = found if isinstance(found, Attachment) else None
    carries = verdict is not None and verdict.carries
    risen = verdict is not None and verdict.risen
    # From its first reply on its connections may work again, so they are not reset. If two recover together, the second
    # has replied too by the time the first has risen and takes over flows of dead gateways.
    down = verdict is not None and verdict.state is State.DOWN and not verdict.answers
    return Site(
        gateway=gateway,
        leg=leg,
        attached=attached,
        missing="" if isinstance(found, Attachment) else found,
        usable=gateway.enabled and attached is not None and carries,
        risen=gateway.enabled and attached is not None and risen,
        failed=attached is None or down or (gateway.cut and not gateway.enabled),
        shares=shares,
    )


def balanced(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """The gateways that new flows are balanced over: the usable ones of the lowest tier that has any.

    With none usable in any tier: every gateway that the kernel can hold, of all tiers (*all down*).
    """
    usable = tuple(site for site in sites if site.usable)
    if not usable:
        return tuple(site for site in sites if site.gateway.enabled and site.attached is not None)
    best = min(site.gateway.tier for site in usable)
    return tuple(site for site in usable if site.gateway.tier == best)


def source_networks(among: tuple[Site, ...], config: Config, facts: Facts) -> dict[int, IPNetwork]:
    """For each number, the source network whose packets are certainly this ISP's: its subnet, or only this router's
    address on it.

    All sites are of one family. The subnet, if no other interface or gateway overlaps it; otherwise the address, if no
    other gateway has the same; otherwise the number is missing.
    """
    attached = [(site, site.attached) for site in among if site.attached is not None]
    theirs = [(site.number, _span(one.subnet)) for site, one in attached if one.subnet is not None]
    families = {site.family for site, _ in attached}
    ours = [(name, _span(network)) for family in families for name, network in _networks(family, config, facts)]
    users = Counter(one.source for _, one in attached)
    found = {}
    for site, one in attached:
        if one.subnet is not None and not (
            _overlaps(one.subnet, theirs, besides=site.number)
            or _overlaps(one.subnet, ours, besides=site.gateway.interface)
        ):
            found[site.number] = one.subnet
        elif users[one.source] == 1:
            found[site.number] = site.family.network(one.source)
    return found


# First and last address as numbers: with a hundred gateways IPv4Network.overlaps would be called ten thousand times.
_Span = tuple[int, int]


def _span(network: IPNetwork) -> _Span:
    return int(network.network_address), int(network.broadcast_address)


def _overlaps(subnet: IPNetwork, among: Iterable[tuple[int | str, _Span]], *, besides: int | str) -> bool:
    first, last = _span(subnet)
    return any(start <= last and first <= end and owner != besides for owner, (start, end) in among)


def _networks(family: Family, config: Config, facts: Facts) -> list[tuple[str, IPNetwork]]:
    return [(link.name, one.address.network) for link in facts.links for one in own_addresses(link, config, family)]


def wan_interfaces(config: Config) -> tuple[str, ...]:
    """The interfaces with the role wan, sorted, including those that no gateway uses yet."""
    return tuple(sorted(one.name for one in config.interfaces if one.role is Role.WAN))
