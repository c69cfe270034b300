"""`resolve` and `client_flows`: the addresses of a name, and the ISPs that a client uses now. It changes nothing.

Names are resolved as on this machine: with its hosts file and its name servers, which on a router are those of the LAN.
The request is hostile input until it is a name or an address, and limited in size.
"""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.errors import MultihomeError
from app.kernel.contract import ClientFlow, Kernel
from app.model.base import Host
from app.model.client_flows import ClientFlows, IspFlows, ServerFlows
from app.model.complaints import field_errors
from app.model.family import IPAddress
from app.plan.selection import PROTOCOL_NAMES
from app.worker import clock
from app.worker.rate_limit import RateLimit

MOST_IN_WINDOW: Final = 20
WINDOW_S: Final = 10.0
NAME_WITHIN_S: Final = 3.0
MOST_ADDRESSES: Final = 8
MOST_SERVERS: Final = 10

_HOST: Final = TypeAdapter(Host)
_FLOWS: Final = TypeAdapter(ClientFlows)


class ClientLookup:
    """Answers `resolve` and `client_flows`, at a limited rate."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._quota = RateLimit(MOST_IN_WINDOW, WINDOW_S)

    async def resolve(self, request: Mapping[str, object]) -> str:
        """The addresses of `name` as JSON, or `{"error": …}` in a sentence."""
        try:
            return json.dumps({"addresses": [str(one) for one in await self._addresses(request.get("name"))]})
        except _Refused as refused:
            return json.dumps({"error": str(refused)})

    async def flows(self, request: Mapping[str, object]) -> str:
        """The flows of `client`, a name or an address, as JSON; or `{"error": …}` in a sentence."""
        try:
            addresses = await self._addresses(request.get("client"))
            found = [one for address in addresses for one in await self._kernel.client_flows(address)]
        except (_Refused, MultihomeError) as refused:
            return json.dumps({"error": str(refused)})
        return _FLOWS.dump_json(ClientFlows(addresses=addresses, isps=by_isp(found))).decode()

    async def _addresses(self, asked: object) -> tuple[IPAddress, ...]:
        if not self._quota.take(clock.now().monotonic_s):
            raise _Refused(f"more than {MOST_IN_WINDOW} lookups in {WINDOW_S:g} s: try again later")
        try:
            name = _HOST.validate_python(asked)
        except ValidationError as error:
            raise _Refused(str(field_errors(error))) from error
        try:
            return (ip_address(name),)
        except ValueError:
            pass
        try:
            async with asyncio.timeout(NAME_WITHIN_S):
                found = await asyncio.get_running_loop().getaddrinfo(name, None, family=socket.AF_INET)
        except TimeoutError:
            raise _Refused(f"{name} cannot be looked up: no name server replies within {NAME_WITHIN_S:g} s") from None
        except (OSError, UnicodeError) as error:
            raise _Refused(f"{name} cannot be looked up: {getattr(error, 'strerror', None) or error}") from None
        return tuple(ip_address(one) for one in dict.fromkeys(str(info[4][0]) for info in found))[:MOST_ADDRESSES]


class _Refused(Exception):
    """The reason for a refusal, as a sentence."""


def by_isp(flows: list[ClientFlow]) -> tuple[IspFlows, ...]:
    """The flows by gateway, with the busiest servers of each; flows through no ISP come last. Pure."""
    found: dict[int, Counter[tuple[int, IPAddress, int | None]]] = {}
    for one in flows:
        found.setdefault(one.number, Counter())[one.protocol, one.server, one.port] += 1
    return tuple(
        IspFlows(
            gateway=number or None,
            flows=servers.total(),
            servers=tuple(
                ServerFlows(protocol=PROTOCOL_NAMES.get(protocol, str(protocol)), server=server, port=port, flows=count)
                for (protocol, server, port), count in servers.most_common(MOST_SERVERS)
            ),
        )
        for number, servers in sorted(found.items(), key=lambda one: (not one[0], one[0]))
    )
