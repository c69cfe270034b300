"""Route lookup: the question on worker.sock and its answer.

The question is about the first packet of a new flow from the inside, as traffic rules match it.
"""

from ipaddress import IPv4Address
from typing import Annotated

from pydantic import BeforeValidator, Field, Strict, model_validator

from app.model.base import InterfaceName, MacAddress, Port, domain
from app.model.choices import Protocol, dscp_number
from app.model.family import IPAddress

# Numbers are strict: a program sends them, and `true` is a mistake, not port 1.
AskedPort = Annotated[Port, Strict()]


@domain
class Packet:
    """The first packet of a flow as it arrives from the inside. `None`: not known.

    A rule that needs an unknown field counts as not matching, and the answer is not `exact`.
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
    """The path of a packet: the rule that decides (None: no rule, it is balanced), and the gateway.

    `source`: the address that the Internet sees; None if nothing leaves, or without SNAT. `gateway` None: the packet
    stays inside, is refused, or no gateway can take it; `reason` says which, in a sentence. Not `exact`: a guess;
    `reason` names the fields that are needed.
    """

    rule: int | None = None
    gateway: int | None = None
    source: IPAddress | None = None
    refused: bool = False
    reason: str
    exact: bool = True
