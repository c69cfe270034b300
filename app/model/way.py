"""Route lookup: the question on worker.sock and its answer.

The question is about a new flow from the inside, as traffic rules see it: by its first packet.
"""

from ipaddress import IPv4Address
from typing import Annotated

from pydantic import BeforeValidator, Field, Strict, model_validator

from app.model.base import InterfaceName, MacAddress, Port, domain
from app.model.choices import Protocol, dscp_number
from app.model.family import IPAddress

# Numbers are strict: a program sent them, and its `true` is a mistake, not port 1.
AskedPort = Annotated[Port, Strict()]


@domain
class Packet:
    """The first packet of a flow as it arrives from the inside. `None`: not known.

    A rule that asks for what is not known here is taken not to match, and the answer is not `exact`.
    """

    source: IPv4Address
    destination: IPv4Address
    protocol: Protocol
    source_port: AskedPort | None = None
    destination_port: AskedPort | None = None
    interface: InterfaceName | None = None
    mac: MacAddress | None = None
    dscp: Annotated[int, Strict(), Field(ge=0, le=63), BeforeValidator(dscp_number)] | None = None

    @model_validator(mode="after")
    def _one_protocol(self) -> "Packet":
        if self.protocol is Protocol.TCP_UDP:
            raise ValueError("a packet is tcp or udp, not both")
        if not self.protocol.has_ports and (self.source_port is not None or self.destination_port is not None):
            raise ValueError(f"{self.protocol} has no ports")
        return self


@domain
class Way:
    """Where it goes: the rule that decides (None: no rule, it is balanced), and the gateway that takes it.

    `source`: the address that the Internet sees, None where nothing leaves or the gateway leaves the packet's own.
    `gateway` None: it stays inside, is refused, or nothing can take it: `reason` says which, in a sentence. `exact`:
    not a guess; with a guess `reason` says what would have to be known.
    """

    rule: int | None = None
    gateway: int | None = None
    source: IPAddress | None = None
    refused: bool = False
    reason: str
    exact: bool = True
