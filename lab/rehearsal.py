"""A lab for a real router: derives a fitting network from its exported configuration.

Pure. Each ISP of the configuration becomes one of the lab, in the order of their numbers; its router gets the next
hop's address. What the lab cannot reproduce is left out or replaced, and reported. The export is the document of
`multihome export`; only what determines the network is read here, and the router reads the rest.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, Final

from lab import rehearsed_checks
from lab.errors import BadRequest
from lab.topology import (
    BALANCER_LAN,
    INTERNET_LINK_ADDRESS,
    INTERNET_NETWORK,
    MOST_ISPS,
    Interface,
    Isp,
    Topology,
    isp,
    shaped,
)

FORMAT: Final = "multihome configuration"
VERSIONS: Final = (1, 2)
# The network in which ISPs of "from the interface" gateways assign addresses (RFC 6598).
_CARRIER_NETWORKS: Final = IPv4Network("100.64.0.0/16")
_MOST_CLIENTS: Final = 50
_INTERFACE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The network, and its differences from the configuration, in sentences."""

    plan: Topology
    unlike: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    """The decisions so far. `given`: addresses that the lab sets in place of the router. `ways`: its routes."""

    document: Mapping[str, Any]
    isps: list[Isp] = field(default_factory=list)
    given: dict[str, IPv4Interface] = field(default_factory=dict)
    ways: list[str] = field(default_factory=list)
    back: dict[int, str] = field(default_factory=dict)
    unlike: list[str] = field(default_factory=list)


def read(text: str) -> Rehearsal:
    """The rehearsal of an exported configuration. Raises BadRequest for another document, or one without ISPs."""
    try:
        document = json.loads(text)
        if (
            not isinstance(document, dict)
            or document.get("format") != FORMAT
            or document.get("version") not in VERSIONS
        ):
            msg = f"this is no exported configuration of version {VERSIONS[-1]} (`multihome export` writes one)"
            raise BadRequest(msg)
        return _rehearsal(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as failure:
        msg = f"this is no exported configuration: {type(failure).__name__}: {failure}"
        raise BadRequest(msg) from None


def _rehearsal(document: Mapping[str, Any]) -> Rehearsal:
    for name in (*(one["name"] for one in document["interfaces"]), *(one["interface"] for one in document["gateways"])):
        _require_name(name)
    draft = _Draft(document)
    for gateway in sorted(document["gateways"], key=lambda one: int(one["number"])):
        _place(draft, gateway)
    if not draft.isps:
        msg = "there is no ISP in this configuration that a lab could have"
        raise BadRequest(msg)
    lan = _lan(draft)
    used = {one.balancer_interface for one in draft.isps} | {lan.name}
    spare = tuple(Interface(one["name"]) for one in document["interfaces"] if one["name"] not in used)
    draft.unlike += [f"{one.name} leads nowhere in the lab" for one in spare]
    draft.unlike += list(_overlaps(draft))
    targets, notes = rehearsed_checks.targets(document)
    draft.unlike += notes
    interfaces = tuple(_furnished(draft, one.balancer_interface) for one in draft.isps)
    plan = shaped(
        tuple(draft.isps),
        lan=lan,
        balancer=(_furnished(draft, lan.name), *interfaces, *spare),
        balancer_ways=tuple(draft.ways),
        isp_ways={one.number: tuple(_isp_ways(draft, one, targets)) for one in draft.isps},
        clients=_clients(lan.addresses[0]),
        more_places=targets,
    )
    return Rehearsal(plan, tuple(draft.unlike))


def _require_name(name: object) -> None:
    """Refuse an invalid interface name: it becomes an argument of commands that root runs."""
    if not isinstance(name, str) or not _INTERFACE_NAME.fullmatch(name) or name == "lo":
        msg = f"{name!r} is not a name for an interface"
        raise BadRequest(msg)


def _place(draft: _Draft, gateway: Mapping[str, Any]) -> None:
    """Give this gateway a provider, or report why it has none."""
    name, device, number = str(gateway["name"]), str(gateway["interface"]), len(draft.isps) + 1
    if any(one.balancer_interface == device for one in draft.isps):
        draft.unlike.append(f"{name} shares {device} with another ISP, which a cable of the lab cannot: it is left out")
        return
    if number > MOST_ISPS:
        draft.unlike.append(f"{name} is left out: a lab has at most {MOST_ISPS} ISPs")
        return
    if int(gateway["number"]) != number:
        draft.unlike.append(f"{name}, gateway {gateway['number']}, is isp{number} here")
    plain = isp(number)
    near, far = _addresses(draft, gateway, number)
    draft.isps.append(Isp(number, device, near, far, plain.outside))


def _addresses(draft: _Draft, gateway: Mapping[str, Any], number: int) -> tuple[IPv4Interface, IPv4Interface]:
    """The addresses of the router and of the provider on the cable, and what the lab has to do for them."""
    name, device = str(gateway["name"]), str(gateway["interface"])
    own = _managed(draft, device)
    leg = gateway.get("ipv4", gateway)  # version 1 has the leg's fields in the gateway itself
    if leg.get("address") is None:
        subnet = list(_CARRIER_NETWORKS.subnets(new_prefix=24))[number]
        near, far = own[0] if own else IPv4Interface((subnet[2], 24)), IPv4Interface((subnet[1], 24))
        if own:
            far = IPv4Interface((_other(own[0].network, {own[0].ip}), own[0].network.prefixlen))
        else:
            draft.given[device] = near
        draft.ways.append(f"route add default via {far.ip} dev {device} onlink metric {1000 + number}")
        draft.unlike.append(f"{name} takes its next hop from {device}: here that is {far.ip}, and never changes")
        return near, far
    hop = IPv4Address(leg["address"])
    near_by = next((one for one in own if hop in one.network), None)
    if near_by is not None:
        return near_by, IPv4Interface((hop, near_by.network.prefixlen))
    if own:
        draft.back[number] = f"route add {own[0].network} dev {Isp.INSIDE_INTERFACE}"
        return own[0], IPv4Interface((hop, 32))
    around = IPv4Network((hop, 24), strict=False)
    source = leg.get("source")
    wished = IPv4Address(source) if source and IPv4Address(source) in around else _other(around, {hop})
    near = draft.given[device] = IPv4Interface((wished, 24))
    draft.unlike.append(f"{device} gets its address from elsewhere: here it is {near}")
    return near, IPv4Interface((hop, 24))


def _lan(draft: _Draft) -> Interface:
    """The interface of the office's cable, with the router's address there."""
    taken = {one.balancer_interface for one in draft.isps}
    names = [str(one["name"]) for one in draft.document["interfaces"] if one.get("role") == "lan"]
    for name in (name for name in names if name not in taken):
        own = _managed(draft, name)
        if own and own[0].network.num_addresses > 3:
            return Interface(name, (own[0],))
    name = next((name for name in names if name not in taken), "lan0")
    draft.given[name] = BALANCER_LAN
    draft.unlike.append(f"no LAN has an address in the configuration: here {name} has {BALANCER_LAN}")
    return Interface(name, (BALANCER_LAN,))


def _managed(draft: _Draft, device: str) -> list[IPv4Interface]:
    found = (one for one in draft.document["interfaces"] if one["name"] == device and one.get("managed"))
    return [IPv4Interface(address) for one in found for address in one.get("addresses", ())]


def _furnished(draft: _Draft, device: str) -> Interface:
    given = draft.given.get(device)
    return Interface(device, () if given is None else (given,))


def _clients(balancer: IPv4Interface) -> tuple[IPv4Address, ...]:
    hosts = (host for host in balancer.network.hosts() if host != balancer.ip)
    return tuple(host for _, host in zip(range(_MOST_CLIENTS), hosts, strict=False))


def _isp_ways(draft: _Draft, provider: Isp, targets: tuple[IPv4Address, ...]) -> Iterator[str]:
    """The routes that the provider's router needs besides its own networks."""
    if provider.number in draft.back:
        yield draft.back[provider.number]
    for target in targets:
        if target not in provider.inside.network:
            yield f"route add {target} dev {Isp.OUTSIDE_INTERFACE}"
            yield f"neigh add {target} lladdr {INTERNET_LINK_ADDRESS} nud permanent dev {Isp.OUTSIDE_INTERFACE}"


def _overlaps(draft: _Draft) -> Iterator[str]:
    for one in draft.document["interfaces"]:
        for address in _managed(draft, str(one["name"])):
            if address.network.overlaps(INTERNET_NETWORK):
                yield f"{one['name']} has {address}, where the lab's Internet is: it cannot be reached from there"


def _other(network: IPv4Network, taken: set[IPv4Address]) -> IPv4Address:
    return next(host for host in network.hosts() if host not in taken)
