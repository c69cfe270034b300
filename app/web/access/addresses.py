"""Where a request comes from and where it arrived, as far as that matters for access."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from app.model.choices import Role
from app.model.config import Config
from app.model.facts import Facts


def parsed(host: str | None) -> IPv4Address | IPv6Address | None:
    """An address as the server reports it, without a zone and with IPv4 in IPv6 unwrapped; None if it is none."""
    try:
        address = ip_address((host or "").partition("%")[0].strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def source(host: str | None) -> str:
    """Whom a failed login is counted against: the address, or in IPv6 the /64 that one subscriber has."""
    address = parsed(host)
    if address is None:
        return "unknown"
    return str(ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)


def is_outside(local: str | None, config: Config, facts: Facts) -> bool:
    """Whether a request arrived at an address of a `wan` interface."""
    address = parsed(local)
    outside = {one.name for one in config.interfaces if one.role is Role.WAN}
    observed = {one.address.ip for link in facts.links if link.name in outside for one in link.addresses}
    managed = {own.ip for one in config.interfaces if one.name in outside for own in one.addresses}
    return address in observed | managed
