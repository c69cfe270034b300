"""Legs: the part of an ISP that exists once for each address family; everything else belongs to the ISP itself.

The leg of a family is the field of Gateway with the family's name. Code uses a gateway's `legs`, or the `leg` of a
family, so another family needs only a class here and a field there.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, NamedTuple

from app.model.about import About
from app.model.base import HostAddress, domain
from app.model.choices import Snat
from app.model.family import Family, IPAddress


@domain
class Leg:
    """How an ISP is reached in one family. The subclass of a family narrows the types of addresses.

    `address` None: from the interface, as its DHCP or PPP client set it. `far`: the next hop is outside the interface's
    subnets. `source` None: found automatically.
    """

    family: ClassVar[Family]

    address: Annotated[
        IPAddress | None,
        About(
            "Next hop",
            "The ISP's router. Empty: as the interface's DHCP or PPP client says.",
            group="plain",
            empty="from the interface",
            nothing="auto",
            example="192.168.1.2",
            detail="On the console, an empty address is `auto`.",
        ),
    ]
    source: Annotated[
        IPAddress | None,
        About("Source address", "The router's address on this ISP. Empty: automatic.", empty="automatic"),
    ] = None
    far: Annotated[
        bool,
        About(
            "Next hop outside the subnet",
            "The next hop lies outside the interface's subnets: some hosting providers.",
            option="--far/--near",
        ),
    ] = False
    snat: Annotated[
        Snat,
        About(
            "Source NAT",
            "The source address of packets that leave by this ISP.",
            detail="`config gateway snat 2 masquerade`",
        ),
    ] = Snat.ADDRESS

    @property
    def field(self) -> str:
        """The field of Gateway that holds this leg."""
        return self.family.field


@domain
class IPv4Leg(Leg):
    """How an ISP is reached in IPv4."""

    family: ClassVar[Family] = Family.IPV4

    address: HostAddress | None
    source: HostAddress | None = None


class LegId(NamedTuple):
    """Whose monitor, verdict, history and flows they are: a gateway has them once in each family."""

    number: int
    family: Family


# The fields that a gateway had itself before there were legs.
ONCE_FLAT: Final = frozenset({"address", "source", "far", "snat"})


def with_leg(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Move fields that documents, API bodies and commands gave to a gateway before there were legs into the leg.

    Values given in the leg itself stay. A leg that is no mapping is left for the model to refuse.
    """
    flat = {name: value for name, value in fields.items() if name in ONCE_FLAT}
    given = fields.get(Family.IPV4.field, {})
    if not flat or not isinstance(given, Mapping):
        return dict(fields)
    others = {name: value for name, value in fields.items() if name not in ONCE_FLAT}
    return {**others, Family.IPV4.field: {**flat, **given}}
