"""Addresses as the server reports them, and the source that a failed login is counted against."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def parsed(host: str | None) -> IPv4Address | IPv6Address | None:
    """An address as the server reports it, without a zone and with IPv4 in IPv6 unwrapped; None if it is none."""
    try:
        address = ip_address((host or "").partition("%")[0].strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def source(host: str | None) -> str:
    """The source that a failed login is counted against: the address, or in IPv6 the /64 that one subscriber has."""
    address = parsed(host)
    if address is None:
        return "unknown"
    return str(ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)
