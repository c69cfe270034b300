"""The flows of one client by ISP: the answer on worker.sock to "which ISP is this client using now?"."""

from app.model.base import domain
from app.model.family import IPAddress


@domain
class ServerFlows:
    """Flows to one port of one server. `protocol`: its name, or its number. `port` None: it has none."""

    protocol: str
    server: IPAddress
    port: int | None
    flows: int


@domain
class IspFlows:
    """A client's flows through one gateway. `servers`: those with the most flows. `gateway` None: through none."""

    gateway: int | None
    flows: int
    servers: tuple[ServerFlows, ...]


@domain
class ClientFlows:
    """All flows of a client. `addresses`: what its name stands for."""

    addresses: tuple[IPAddress, ...]
    isps: tuple[IspFlows, ...]
