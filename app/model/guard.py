"""Guard: which new connections from the Internet are accepted, to the router itself and to the LAN.

It looks only at what arrives by an ISP's interface. Replies are always accepted, and so is what another program
publishes by destination NAT.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.model.about import About, Choice
from app.model.base import Listed, domain
from app.model.choices import Protocol
from app.model.family import IPNetwork
from app.model.rule import PortRange

# So many entries are a few rules in the kernel, and more than anyone keeps in mind.
MOST_OPENINGS: Final = 64
_OPENING: Final = re.compile(
    r"(?:([0-9]{1,5}(?:\s*-\s*[0-9]{1,5})?)\s*/\s*)?([a-z+]+)(?:\s+from\s+(\S+))?", re.IGNORECASE
)


# What Status and the doctor say until somebody has decided.
UNDECIDED: Final = "Hosts on the ISPs' networks may reach the LAN and every service of this router."


class GuardMode(Choice):
    """Whether Guard is on. An installation from before Guard is undecided until a person decides."""

    UNDECIDED = "undecided", "Not decided", "Off, and Status and the doctor ask for a decision."
    ON = "on", "On", "New connections from the Internet are dropped, unless they are published or allowed."
    OFF = "off", "Off", "The ISPs' networks reach the LAN and this router, as far as no other firewall stops them."


def _network(given: object) -> object:
    """A network of either family, written as text."""
    if not isinstance(given, str | IPv4Network | IPv6Network):
        raise ValueError("a network must be text")
    try:
        found = ip_network(given.strip() if isinstance(given, str) else given)
    except ValueError as error:
        raise ValueError(f"{str(given)[:60]} is not an IPv4 or IPv6 network like 203.0.113.0/24") from error
    if not found.prefixlen:
        raise ValueError(f"{found} is the whole Internet")
    return found


AnyNetwork = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


@domain
class Opening:
    """One entry of the allowed list: a protocol to the router itself, with ports where it has any, from `source`."""

    protocol: Annotated[Protocol, About("Protocol")]
    ports: Annotated[PortRange | None, About("Ports", "Of TCP and UDP.", empty="none")] = None
    source: Annotated[AnyNetwork | None, About("From", "Empty: anyone.", empty="any")] = None

    @model_validator(mode="before")
    @classmethod
    def _as_typed(cls, given: object) -> object:
        """`22/tcp`, `8000-8100/udp from 203.0.113.0/24` and `esp` are entries too."""
        if not isinstance(given, str):
            return given
        found = _OPENING.fullmatch(given.strip())
        if found is None or found[2].lower() not in set(Protocol):
            raise ValueError(f"{given[:60]} is not an entry like 22/tcp, 500-600/udp or 22/tcp from 203.0.113.0/24")
        ports = None if found[1] is None else re.sub(r"\s", "", found[1])
        return {"protocol": found[2].lower(), "ports": ports, "source": found[3]}

    @model_validator(mode="after")
    def _fits(self) -> "Opening":
        if self.protocol.has_ports and self.ports is None:
            raise ValueError(f"{self.protocol} needs a port, as in 22/{self.protocol}")
        if not self.protocol.has_ports and self.ports is not None:
            raise ValueError(f"{self.protocol} has no ports")
        return self

    def __str__(self) -> str:
        what = str(self.protocol.value) if self.ports is None else f"{self.ports}/{self.protocol.value}"
        return what if self.source is None else f"{what} from {self.source}"

    def admits(self, port: int, source: IPNetwork | None) -> bool:
        """Whether it lets a TCP connection to this port in, from this address (None: from anyone)."""
        if self.protocol not in {Protocol.TCP, Protocol.TCP_UDP} or self.ports is None:
            return False
        return self.ports.first <= port <= self.ports.last and _covers(self.source, source)


def _covers(network: IPNetwork | None, address: IPNetwork | None) -> bool:
    if network is None:
        return True
    return address is not None and network.version == address.version and network.supernet_of(address)  # type: ignore[arg-type]


def openings_text(openings: tuple[Opening, ...]) -> str:
    """`22/tcp, 51820/udp`, as it can be typed again."""
    return ", ".join(map(str, openings))


def _entries(given: object) -> object:
    """Entries as people type them: separated by commas or on lines of their own."""
    return [one for one in re.split(r"\s*[,;\n]\s*", given.strip()) if one] if isinstance(given, str) else given


def _once(several: tuple[Opening, ...]) -> tuple[Opening, ...]:
    return tuple(dict.fromkeys(several))


@domain
class Guard:
    """What Guard accepts beyond replies and what is published."""

    mode: Annotated[
        GuardMode,
        About(
            "Guard",
            "Blocks new connections from the Internet to this router and to the LAN, in IPv4 and IPv6.",
            group="guard",
            detail="`config guard on`. Installations from before Guard start undecided.",
        ),
    ] = GuardMode.UNDECIDED
    allowed: Annotated[
        tuple[Opening, ...],
        Field(max_length=MOST_OPENINGS),
        AfterValidator(_once),
        BeforeValidator(_entries),
        About(
            "Allowed to this router",
            "Ports of this router that the Internet reaches, separated by commas; from a network if one is named.",
            group="guard",
            empty="none",
            example="22/tcp from 203.0.113.0/24, 51820/udp",
            show=openings_text,
            detail="`config guard allow 22/tcp`. Protocols without ports are entries by themselves: `esp`, `gre`.",
        ),
    ] = ()
    trusted: Annotated[
        tuple[AnyNetwork, ...],
        Field(max_length=MOST_OPENINGS),
        Listed,
        About(
            "Trusted networks",
            "Networks behind an ISP's interface that may reach this router and the LAN, as if they were a LAN.",
            group="guard",
            empty="none",
            example="192.168.5.0/24",
            detail="For a LAN that shares the ISP's interface. A host beside the modem can forge such an address.",
        ),
    ] = ()

    @property
    def is_on(self) -> bool:
        """Whether new connections from the Internet are blocked."""
        return self.mode is GuardMode.ON

    def admits(self, port: int, source: IPNetwork | None) -> bool:
        """Whether a new TCP connection from this address reaches this port of the router through an ISP."""
        if not self.is_on or any(one.admits(port, source) for one in self.allowed):
            return True
        return source is not None and any(_covers(one, source) for one in self.trusted)
