"""Addresses of managed interfaces: read, put and removed."""

import socket
from ipaddress import IPv4Interface
from typing import Any

from app.kernel.links import IFADDR, Names, address, index_of
from app.kernel.netlink import Channel
from app.kernel.requests import ALREADY_GONE, ALREADY_THERE, Requests
from app.kernel.rtm import Rtm
from app.plan.objects.address import Address
from app.plan.state import Scope


class Addresses:
    """The operations of addresses; those of managed interfaces, whoever gave them."""

    def __init__(self, channel: Channel, requests: Requests) -> None:
        self._channel = channel
        self._requests = requests

    async def observe(self, scope: Scope, names: Names) -> list[Address]:
        """See Operations.observe."""
        if not scope.managed:
            return []
        dumped = self._channel.dump(Rtm.GETADDR, IFADDR.pack(socket.AF_INET, 0, 0, 0, 0))
        found = (address(one.body) for one in dumped)
        return [Address(names[index], fact.address) for index, fact in found if names[index] in scope.managed]

    async def put(self, what: str, one: Address) -> None:
        """`ip address add`. Raises KernelRejected when the interface is absent."""
        index = index_of(one.interface)
        await self._requests.change(what, "addr", "add", ALREADY_THERE, index=index, **_fields(one.address))

    async def remove(self, what: str, one: Address) -> None:
        """`ip address del`; with a device that is gone its addresses are gone too."""
        try:
            index = socket.if_nametoindex(one.interface)
        except OSError:
            return
        await self._requests.change(what, "addr", "del", ALREADY_GONE, index=index, **_fields(one.address))


def _fields(address: IPv4Interface) -> dict[str, Any]:
    fields = {"family": socket.AF_INET, "address": str(address.ip), "local": str(address.ip)}
    if address.network.prefixlen < 31:
        # The kernel broadcasts without it too; programs that ask for it (DHCP servers) do not.
        fields["broadcast"] = str(address.network.broadcast_address)
    return {**fields, "prefixlen": address.network.prefixlen}
