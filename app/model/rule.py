"""Traffic rules: which flows from the inside must use one ISP or one tier, and what happens if that is down.

Rules match the first packet of a flow as it arrives from the inside; the first rule that matches decides. They do not
apply to the router's own traffic: its programs can bind to an address or a device.
"""

import re
from itertools import pairwise
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.model.about import About
from app.model.base import InterfaceName, Label, Listed, MacAddress, Network, Port, domain
from app.model.choices import IfDown, Protocol, dscp_name, dscp_number
from app.model.layout import FIRST_NUMBER, LAST_NUMBER

LAST_TIER: Final = 9
MOST_RULES: Final = 1000
# A rule keeps its number when its place changes, and freed numbers are reused last. So numbers exceed MOST_RULES.
LAST_RULE: Final = 9999
# The most port ranges of one rule: each is an element of a set in the kernel.
MOST_PORTS: Final = 16


@domain
class PortRange:
    """Ports `first` to `last`, both included."""

    first: Annotated[Port, About("First port")]
    last: Annotated[Port, About("Last port", "Itself included.")]

    @model_validator(mode="before")
    @classmethod
    def _as_typed(cls, given: object) -> object:
        """Accept `443` and `8000-8100` as well."""
        text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
        if not isinstance(text, str):
            return given
        found = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", text.strip())
        if found is None:
            raise ValueError(f"{text[:40]} is neither a port nor a range like 8000-8100")
        for port in found.groups():
            if port and not 1 <= int(port) <= 65535:
                raise ValueError(f"port {port} is not within 1 to 65535")
        return {"first": found[1], "last": found[2] or found[1]}

    @model_validator(mode="after")
    def _in_order(self) -> "PortRange":
        if self.first > self.last:
            raise ValueError(f"{self.first}-{self.last} has its last port before its first")
        return self

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def _apart(ranges: tuple[PortRange, ...]) -> tuple[PortRange, ...]:
    """Sort the ranges and refuse overlaps: a set in the kernel could not hold both."""
    ordered = tuple(sorted(ranges, key=lambda one: one.first))
    for one, following in pairwise(ordered):
        if following.first <= one.last:
            raise ValueError(f"ports {one} and {following} overlap")
    return ordered


def _without_spaces(given: object) -> object:
    """Remove spaces around the dash: `8000 - 8100` is one range."""
    return re.sub(r"\s*-\s*", "-", given) if isinstance(given, str) else given


def ports_text(ports: "Ports") -> str:
    """The ports as a user types them: `80, 443, 8000-8100`."""
    return ", ".join(map(str, ports))


Ports = Annotated[
    tuple[PortRange, ...],
    Field(max_length=MOST_PORTS),
    AfterValidator(_apart),
    Listed,
    BeforeValidator(_without_spaces),
]
Dscp = Annotated[int, Field(ge=0, le=63), BeforeValidator(dscp_number)]


@domain
class TrafficRule:
    """Which flows a rule matches (a field that is None or empty matches all), and where they go.

    `interface`: where they come in. They go to `gateway`, or to the usable gateways of `tier` by weight; with neither
    they are balanced as if there were no rule.
    """

    number: Annotated[
        int,
        Field(ge=1, le=LAST_RULE),
        About(
            "Number",
            "Permanent; independent of the place in the list.",
            group=None,
            default="the next free one",
            detail="`config rule move Bank 1` changes the place.",
        ),
    ]
    name: Annotated[
        Label,
        About("Name", "A unique name for this rule.", group="plain", example="Bank", default="`Rule` and its number"),
    ]
    enabled: Annotated[bool, About("Enabled", "Off: the rule is skipped, not deleted.", group=None)] = True
    protocol: Annotated[
        Protocol | None,
        About("Protocol", group="plain", empty="any"),
    ] = None
    ports: Annotated[
        Ports,
        About(
            "Ports",
            "Destination ports of TCP or UDP, like 80, 443, 8000-8100. Empty: all.",
            group="plain",
            empty="any",
            example="443",
            option="--port",
            show=ports_text,
        ),
    ] = ()
    destination: Annotated[
        Network | None,
        About(
            "To",
            "A network or an address. Empty: anywhere.",
            group="plain",
            empty="any",
            example="198.51.100.0/24",
            option="--to",
        ),
    ] = None
    source: Annotated[
        Network | None,
        About(
            "From",
            "A network or an address on the LAN. Empty: anyone.",
            group="plain",
            empty="any",
            example="192.168.1.0/24",
            option="--from",
        ),
    ] = None
    source_ports: Annotated[
        Ports,
        About(
            "Source ports",
            "Written like the destination ports. Empty: all.",
            empty="any",
            option="--source-port",
            show=ports_text,
        ),
    ] = ()
    dscp: Annotated[
        Dscp | None,
        About(
            "DSCP",
            "A name like EF or AF41, or a number to 63. Empty: any.",
            empty="any",
            example="EF",
            show=dscp_name,
        ),
    ] = None
    interface: Annotated[
        InterfaceName | None,
        About("Incoming interface", empty="any", option="--in"),
    ] = None
    mac: Annotated[
        MacAddress | None,
        About(
            "Source MAC address",
            "Of a machine on a LAN of this router. Empty: any.",
            empty="any",
            example="00:16:3e:12:34:56",
        ),
    ] = None
    gateway: Annotated[
        Annotated[int, Field(ge=FIRST_NUMBER, le=LAST_NUMBER)] | None,
        About(
            "Send via",
            "The ISP that carries these connections.",
            group=None,
            empty="none",
            nothing="none",
            option="--gateway",
        ),
    ] = None
    tier: Annotated[
        Annotated[int, Field(ge=1, le=LAST_TIER)] | None,
        About(
            "Send via tier",
            "The ISPs of this tier carry these connections, by weight.",
            group=None,
            empty="none",
            nothing="none",
            detail="Without ISP and tier, connections are balanced as if there were no rule.",
        ),
    ] = None
    if_down: Annotated[
        IfDown,
        About("If that is down", group="if-down"),
    ] = IfDown.ANOTHER

    @property
    def balances(self) -> bool:
        """Whether its flows are balanced."""
        return self.gateway is None and self.tier is None
