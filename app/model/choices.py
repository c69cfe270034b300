"""The settings with a few named values, each with label and help."""

from typing import Final

from app.model.about import Choice


class Role(Choice):
    """The role of an interface."""

    LAN = "lan", "LAN", "Your own machines are behind it."
    WAN = "wan", "ISP", "It leads to a provider; the panel is blocked there."
    UNUSED = "unused", "Not used", "Multihome ignores it."


class Snat(Choice):
    """What happens to the source address of packets that leave through a gateway."""

    ADDRESS = "address", "The ISP's address", "Rewrite it to the source address. For a fixed address."
    MASQUERADE = "masquerade", "Masquerade", "Rewrite it to the interface's current address."
    OFF = "off", "Off", "The ISP knows the LAN's addresses, or its router rewrites them."


class OnReturn(Choice):
    """What happens to the flows of a backup when a better tier carries new flows again."""

    STAY = "stay", "Its connections stay", "They continue until they end; only new connections move."
    MOVE_BACK = (
        "move-back",
        "They move back",
        "They are cut and reconnect through the better tier. For metered lines.",
    )


class Balancing(Choice):
    """How the gateway of a new flow is chosen (Documentation/networking/ip-sysctl.rst, fib_multipath_hash_policy)."""

    SOURCE_DESTINATION = (
        "source-destination",
        "By source and destination",
        "A client keeps its ISP for each server it talks to.",
    )
    CONNECTION = "connection", "By connection", "Each connection is balanced separately: the finest balance."
    CLIENT = "client", "By client", "A client keeps its ISP for everything: best for banks and games."


class AllDown(Choice):
    """What to do when no gateway is usable."""

    KEEP_TRYING = "keep-trying", "Keep trying", "New connections still use all ISPs, in case the checks are wrong."
    REFUSE = "refuse", "Refuse", "New connections are refused at once, so that programs do not wait."


class Clients(Choice):
    """What happens to open TCP connections on a failed gateway: they are reset or left open."""

    TELL = "tell", "Reset", "Clients get a TCP reset within moments and connect again."
    WAIT = "wait", "Leave open", "They survive a short outage; in a long one clients time out after minutes."


class Protocol(Choice):
    """The protocols that a rule can match (IANA protocol numbers)."""

    TCP = "tcp", "TCP"
    UDP = "udp", "UDP"
    TCP_UDP = "tcp+udp", "TCP and UDP"
    ICMP = "icmp", "ICMP (ping)"
    GRE = "gre", "GRE"
    ESP = "esp", "ESP (IPsec)"
    SCTP = "sctp", "SCTP"

    @property
    def has_ports(self) -> bool:
        """Whether its packets have ports that a rule can match."""
        return self in {Protocol.TCP, Protocol.UDP, Protocol.TCP_UDP}


class IfDown(Choice):
    """What happens to new flows of a rule while none of its gateways is usable."""

    ANOTHER = (
        "another",
        "Use another",
        "New connections are balanced over the working ISPs until it recovers.",
    )
    REFUSE = "refuse", "Refuse", "New connections are refused. For traffic that must use no other ISP."


# The names of the DiffServ code points (RFC 2474, 2597, 3246, 5865, 8622).
DSCP_NAMES: Final = {
    **{f"CS{number}": 8 * number for number in range(8)},
    **{f"AF{number}{drop}": 8 * number + 2 * drop for number in range(1, 5) for drop in range(1, 4)},
    "EF": 46,
    "VA": 44,
    "LE": 1,
}
_DSCP_BY_NUMBER: Final = {number: name for name, number in DSCP_NAMES.items()}


def dscp_number(given: object) -> object:
    """The number of a named code point; any other value is returned for the field to validate."""
    return DSCP_NAMES.get(given.strip().upper(), given) if isinstance(given, str) else given


def dscp_name(number: int) -> str:
    """The name (`EF`), or the number of a code point without one."""
    return _DSCP_BY_NUMBER.get(number, str(number))
