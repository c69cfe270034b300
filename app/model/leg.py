"""Legs: what an ISP has once for each family of addresses; all else is the ISP's own.

The leg of a family is the field of Gateway with the family's name. Code asks a gateway for its `legs`, or for the one
of a family, so that another family needs a class here and a field there.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, NamedTuple

from app.model.about import About
from app.model.base import HostAddress, domain
from app.model.choices import Snat
from app.model.family import Family, IPAddress


@domain
class Leg:
    """How an ISP is reached in one family. A family's own class says which addresses are its own.

    `address` None: from the interface (what its DHCP or PPP client installed). `far`: the next hop lies outside the
    interface's subnets. `source` None: found by itself.
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
        """The field of Gateway that it is."""
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


# What was a gateway's own while there was IPv4 alone.
ONCE_FLAT: Final = frozenset({"address", "source", "far", "snat"})


def with_leg(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a gateway as documents, programs and commands gave them before there were legs, in their leg now.

    What is given in the leg already stays. A leg that is no mapping is left for the model to judge.
    """
    flat = {name: value for name, value in fields.items() if name in ONCE_FLAT}
    given = fields.get(Family.IPV4.field, {})
    if not flat or not isinstance(given, Mapping):
        return dict(fields)
    others = {name: value for name, value in fields.items() if name not in ONCE_FLAT}
    return {**others, Family.IPV4.field: {**flat, **given}}
