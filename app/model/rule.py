"""Traffic rules: which flows from the inside must use one ISP or one tier, and what if that is down.

A rule looks at a flow's first packet as it arrives from the inside; the first rule of the list that matches decides.
The router's own traffic is not asked: a program binds to an address or a device where it has to.
"""

import re
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.model.base import InterfaceName, Label, MacAddress, Network, Port, domain
from app.model.dscp import dscp_number
from app.model.layout import FIRST_NUMBER, LAST_NUMBER

LAST_TIER: Final = 9
MOST_RULES: Final = 1000
# A rule's number outlives its place in the list; so many can have come and gone.
LAST_RULE: Final = 9999
# What one rule's ports may be: each is an element of a set in the kernel.
MOST_PORTS: Final = 16


class Protocol(StrEnum):
    """What a rule can tell apart above IP (IANA protocol numbers)."""

    TCP = "tcp"
    UDP = "udp"
    TCP_UDP = "tcp+udp"
    ICMP = "icmp"
    GRE = "gre"
    ESP = "esp"
    SCTP = "sctp"

    @property
    def has_ports(self) -> bool:
        """Whether its packets have ports that a rule can ask for."""
        return self in {Protocol.TCP, Protocol.UDP, Protocol.TCP_UDP}


class IfDown(StrEnum):
    """What happens to a rule's new flows while none of its gateways is usable."""

    ANOTHER = "another"
    REFUSE = "refuse"


@domain
class PortRange:
    """Ports `first` to `last`, both included."""

    first: Port
    last: Port

    @model_validator(mode="before")
    @classmethod
    def _as_typed(cls, given: object) -> object:
        """`443` and `8000-8100` are ranges too."""
        text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
        if not isinstance(text, str):
            return given
        found = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", text.strip())
        if found is None:
            raise ValueError(f"{text[:40]} is neither a port nor a range like 8000-8100")
        if not all(1 <= int(port) <= 65535 for port in found.groups() if port):
            raise ValueError(f"{text} is not within 1 to 65535")
        return {"first": found[1], "last": found[2] or found[1]}

    @model_validator(mode="after")
    def _in_order(self) -> "PortRange":
        if self.first > self.last:
            raise ValueError(f"{self.first}-{self.last} goes backwards")
        return self

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def _apart(ranges: tuple[PortRange, ...]) -> tuple[PortRange, ...]:
    """Sort them, and refuse two that overlap: a set in the kernel could not hold both."""
    ordered = tuple(sorted(ranges, key=lambda one: one.first))
    for one, following in pairwise(ordered):
        if following.first <= one.last:
            raise ValueError(f"ports {one} and {following} overlap")
    return ordered


def _listed(given: object) -> object:
    """Several ports as people type them: `80, 443, 8000-8100`."""
    return re.sub(r"\s*-\s*", "-", given).replace(",", " ").split() if isinstance(given, str) else given


Ports = Annotated[tuple[PortRange, ...], Field(max_length=MOST_PORTS), AfterValidator(_apart), BeforeValidator(_listed)]
Dscp = Annotated[int, Field(ge=0, le=63), BeforeValidator(dscp_number)]


@domain
class TrafficRule:
    """Which flows (every field that is None or empty matches all), and where they go.

    `interface` is where they come in. To `gateway`, to the usable gateways of `tier` by weight, or (neither given)
    balanced as if there were no rule.
    """

    number: Annotated[int, Field(ge=1, le=LAST_RULE)]
    name: Label
    enabled: bool = True
    source: Network | None = None
    mac: MacAddress | None = None
    interface: InterfaceName | None = None
    destination: Network | None = None
    protocol: Protocol | None = None
    ports: Ports = ()
    source_ports: Ports = ()
    dscp: Dscp | None = None
    gateway: Annotated[int, Field(ge=FIRST_NUMBER, le=LAST_NUMBER)] | None = None
    tier: Annotated[int, Field(ge=1, le=LAST_TIER)] | None = None
    if_down: IfDown = IfDown.ANOTHER

    @property
    def balances(self) -> bool:
        """Whether it leaves its flows to the balancing."""
        return self.gateway is None and self.tier is None
