"""Addresses of managed interfaces: read, put and removed."""

import socket
from typing import Any

from app.kernel.links import Names, address, addresses_of, index_of
from app.kernel.netlink import Channel
from app.kernel.requests import ALREADY_GONE, ALREADY_THERE, Requests
from app.kernel.rtm import Rtm
from app.model.family import Family
from app.plan.objects.address import Address
from app.plan.state import Scope


class Addresses:
    """The operations of addresses. It observes all addresses of managed interfaces, including those of other
    programs.
    """

    def __init__(self, channel: Channel, requests: Requests) -> None:
        self._channel = channel
        self._requests = requests

    async def observe(self, scope: Scope, names: Names) -> list[Address]:
        """See Operations.observe."""
        if not scope.managed:
            return []
        dumped = (one for family in scope.families for one in self._channel.dump(Rtm.GETADDR, addresses_of(family)))
        found = (address(one.body) for one in dumped)
        own = (Address(names[index], near) for index, near, _ in found if names[index] in scope.managed)
        return [one for one in own if not _is_the_kernels(one)]

    async def put(self, what: str, one: Address) -> None:
        """`ip address add`. Raises KernelRejected if the interface is absent."""
        index = index_of(one.interface)
        await self._requests.change(what, "addr", "add", ALREADY_THERE, index=index, **_fields(one))

    async def remove(self, what: str, one: Address) -> None:
        """`ip address del`; succeeds if the device is gone, and its addresses with it."""
        try:
            index = socket.if_nametoindex(one.interface)
        except OSError:
            return
        await self._requests.change(what, "addr", "del", ALREADY_GONE, index=index, **_fields(one))


def _is_the_kernels(one: Address) -> bool:
    """Whether this is the IPv6 link-local address that the kernel sets itself; IPv6 does not work without it."""
    return one.family is Family.IPV6 and one.address.ip.is_link_local


def _fields(one: Address) -> dict[str, Any]:
    address = one.address
    fields = {"family": one.family.af, "address": str(address.ip), "local": str(address.ip)}
    if one.family is Family.IPV4 and address.network.prefixlen < 31:
        # The kernel broadcasts without it too, but programs that read it (DHCP servers) do not.
        fields["broadcast"] = str(address.network.broadcast_address)
    return {**fields, "prefixlen": address.network.prefixlen}
