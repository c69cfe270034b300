"""desired_state: the kernel state that a revision requires now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.model.choices import Balancing
from app.model.config import Config
from app.model.facts import Facts
from app.model.family import Family
from app.model.layout import BALANCED_TABLE, NET_TABLE, NOBODY, table
from app.model.leg import LegId
from app.model.verdict import Verdict
from app.plan.filtering import desired_ruleset, is_refusing
from app.plan.objects.address import Address
from app.plan.objects.sysctl import Sysctl
from app.plan.routing import balanced_routes, own_routes, rules
from app.plan.ruleset import NumberSets
from app.plan.sites import Site, balanced, sites, wan_interfaces
from app.plan.state import Desired, FamilyObject, KernelState, Pending, Scope, Use

# Documentation/networking/ip-sysctl.rst: policy 0 hashes layer 3, 1 layer 4, 3 the given fields: 1 is the source
# address, 2 the destination. IPv6's layer 3 hash includes the flow label, which differs for each connection.
HASHING = {
    (Family.IPV4, Balancing.SOURCE_DESTINATION): ("0", None),
    (Family.IPV6, Balancing.SOURCE_DESTINATION): ("3", "3"),
    **{(family, Balancing.CONNECTION): ("1", None) for family in Family},
    **{(family, Balancing.CLIENT): ("3", "1") for family in Family},
}
REVERSE_PATH_LOOSE = "2"


def desired_state(config: Config, facts: Facts, verdicts: Mapping[LegId, Verdict]) -> Desired:
    """The desired kernel state. A configuration without gateways requires its managed addresses and nothing else.

    What the machine cannot hold now (an absent interface, no address) is left out and listed as pending. The families
    share only the nftables table.
    """
    addresses = tuple(_addresses(config, facts))
    managed = frozenset(one.name for one in config.interfaces if one.managed)
    pending = tuple(_pending(config, facts))
    if not config.gateways:
        return Desired(state=KernelState(addresses), scope=Scope(managed=managed), pending=pending)
    parts = tuple(_part(family, config, facts, verdicts) for family in config.families)
    sysctls = tuple(one for part in parts for one in _sysctls(part.family, config, facts))
    all_sites = tuple(site for part in parts for site in part.sites)
    state = KernelState(
        [
            *addresses,
            *(one for part in parts for one in _routing(part, config, facts)),
            *sysctls,
            desired_ruleset(all_sites, config, facts),
            *(part.sets for part in parts),
        ]
    )
    missing = tuple(Pending(f"gateways.{site.number}", site.missing) for site in all_sites if site.missing)
    return Desired(
        state=state,
        scope=Scope(
            tables=frozenset({BALANCED_TABLE, NET_TABLE, *(table(site.number) for site in all_sites)}),
            managed=managed,
            sysctls=frozenset(one.path for one in sysctls),
            families=config.families,
        ),
        use={part.family: part.use for part in parts},
        pending=pending + missing,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """The desired state of one family."""

    family: Family
    sites: tuple[Site, ...]
    members: tuple[Site, ...]
    standby: tuple[Site, ...]
    use: Use
    sets: NumberSets


def _part(family: Family, config: Config, facts: Facts, verdicts: Mapping[LegId, Verdict]) -> _Part:
    every = sites(family, config, facts, verdicts)
    usable = tuple(site for site in every if site.usable)
    members = balanced(every)
    dead = frozenset(site.number for site in every if site.failed and any(other is not site for other in usable))
    refusing = is_refusing(config, anything_usable=bool(usable))
    # A gateway without a leg in this family takes none of its flows.
    away = {one.number for one in config.gateways} - {site.number for site in usable} | (
        {NOBODY} if refusing else set()
    )
    return _Part(
        family=family,
        sites=every,
        members=members,
        standby=tuple(site for site in usable if site not in members),
        use=Use(tuple(site.number for site in usable), tuple(site.number for site in members), refusing),
        sets=NumberSets(dead=dead, away=frozenset(away), family=family),
    )


def _routing(part: _Part, config: Config, facts: Facts) -> Iterator[FamilyObject]:
    yield from rules(part.family, part.sites, config, facts)
    for site in part.sites:
        yield from own_routes(part.family, site)
    yield from balanced_routes(part.family, part.members, part.standby)


def _addresses(config: Config, facts: Facts) -> Iterator[Address]:
    for interface in config.interfaces:
        if interface.managed and facts.link(interface.name) is not None:
            yield from (Address(interface=interface.name, address=one) for one in interface.addresses)


def _pending(config: Config, facts: Facts) -> Iterator[Pending]:
    for interface in config.interfaces:
        link = facts.link(interface.name)
        if interface.managed and interface.addresses and link is None:
            yield Pending(f"interfaces.{interface.name}", f"{interface.name} is absent")


def _sysctls(family: Family, config: Config, facts: Facts) -> Iterator[Sysctl]:
    """The desired sysctls. IPv6 has no reverse path filter, and its multipath does not look at neighbor states."""
    root = family.sysctls
    yield Sysctl(family.forwarding, "1")
    if family is Family.IPV4:
        yield Sysctl(f"{root}/fib_multipath_use_neigh", "1")
    policy, fields = HASHING[family, config.settings.balancing]
    yield Sysctl(f"{root}/fib_multipath_hash_policy", policy)
    if fields is not None:
        yield Sysctl(f"{root}/fib_multipath_hash_fields", fields)
    for name in wan_interfaces(config):
        # It does not affect existing routes, and a device that comes back starts without it.
        if facts.link(name) is not None:
            if family is Family.IPV4:
                yield Sysctl(f"{root}/conf/{name}/rp_filter", REVERSE_PATH_LOOSE)
            yield Sysctl(f"{root}/conf/{name}/ignore_routes_with_linkdown", "1")
