"""Where each gateway stands on this machine at this moment: the one reading of facts that all parts of a plan share."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from app.model.choices import Role
from app.model.config import Config, Gateway
from app.model.facts import Attachment, Facts, attachment, own_addresses
from app.model.verdict import State, Verdict


@dataclass(frozen=True, slots=True)
class Site:
    """A gateway, how it is attached (or a sentence why not), and what its verdict means for new and old flows.

    `risen`: it is down, and would be usable but for its hold. `shares`: another gateway is reached through the same
    interface.
    """

    gateway: Gateway
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


def sites(config: Config, facts: Facts, verdicts: Mapping[int, Verdict]) -> tuple[Site, ...]:
    """Every gateway of the configuration, sorted by number (an unsorted multipath route moves flows).

    The hold is for choosing between gateways. Where none is usable there is nothing to choose, and waiting for it would
    only make the outage longer: those that have risen are usable then.
    """
    ordered = sorted(config.gateways, key=lambda gateway: gateway.number)
    users = Counter(gateway.interface for gateway in ordered)
    found = tuple(
        _site(one, config, facts, verdicts.get(one.number), shares=users[one.interface] > 1) for one in ordered
    )
    if any(site.usable for site in found):
        return found
    return tuple(replace(site, usable=site.risen) for site in found)


def _site(gateway: Gateway, config: Config, facts: Facts, verdict: Verdict | None, *, shares: bool) -> Site:
    found = attachment(gateway, config, facts)
    attached = found if isinstance(found, Attachment) else None
    carries = verdict is not None and verdict.carries
    risen = verdict is not None and verdict.risen
    # From its first answer on its connections may go through again: nobody resets them. Of two that come back together
    # the second has answered, too, by the time the first has risen and takes what is dead.
    down = verdict is not None and verdict.state is State.DOWN and not verdict.answers
    return Site(
        gateway=gateway,
        attached=attached,
        missing="" if isinstance(found, Attachment) else found,
        usable=gateway.enabled and attached is not None and carries,
        risen=gateway.enabled and attached is not None and risen,
        failed=attached is None or down or (gateway.cut and not gateway.enabled),
        shares=shares,
    )


def balanced(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """Those that new flows are balanced over: the usable ones of the lowest tier that has any.

    With none usable in any tier: all that the kernel can hold, whatever their tier (*all down*).
    """
    usable = tuple(site for site in sites if site.usable)
    if not usable:
        return tuple(site for site in sites if site.gateway.enabled and site.attached is not None)
    best = min(site.gateway.tier for site in usable)
    return tuple(site for site in usable if site.gateway.tier == best)


def source_networks(among: tuple[Site, ...], config: Config, facts: Facts) -> dict[int, IPv4Network]:
    """By number, whose packets are certainly from this ISP's side: its subnet, or our address on it alone.

    The subnet, where no other interface and no other gateway has a part of it; else the address, where no other
    gateway has the same; else the number is missing.
    """
    attached = [(site, site.attached) for site in among if site.attached is not None]
    theirs = [(site.number, _span(one.subnet)) for site, one in attached if one.subnet is not None]
    ours = [(name, _span(network)) for name, network in _networks(config, facts)]
    users = Counter(one.source for _, one in attached)
    found = {}
    for site, one in attached:
        if one.subnet is not None and not (
            _overlaps(one.subnet, theirs, besides=site.number)
            or _overlaps(one.subnet, ours, besides=site.gateway.interface)
        ):
            found[site.number] = one.subnet
        elif users[one.source] == 1:
            found[site.number] = IPv4Network(one.source)
    return found


# First and last address, as numbers: with a hundred gateways IPv4Network.overlaps is asked ten thousand times.
_Span = tuple[int, int]


def _span(network: IPv4Network) -> _Span:
    return int(network.network_address), int(network.broadcast_address)


def _overlaps(subnet: IPv4Network, among: Iterable[tuple[int | str, _Span]], *, besides: int | str) -> bool:
    first, last = _span(subnet)
    return any(start <= last and first <= end and owner != besides for owner, (start, end) in among)


def _networks(config: Config, facts: Facts) -> list[tuple[str, IPv4Network]]:
    return [(link.name, one.address.network) for link in facts.links for one in own_addresses(link, config)]


def wan_interfaces(config: Config) -> tuple[str, ...]:
    """The interfaces with the role wan, sorted: the ISPs' side, whether a gateway uses them yet or not."""
    return tuple(sorted(one.name for one in config.interfaces if one.role is Role.WAN))
