"""Addresses of managed interfaces: read, put and removed."""

import socket
from collections.abc import Collection
from ipaddress import IPv4Interface
from typing import Any

from app.kernel.links import IFADDR, Names, address, index_of
from app.kernel.netlink import Channel
from app.kernel.requests import ALREADY_GONE, ALREADY_THERE, Requests
from app.kernel.rtm import Rtm
from app.plan.state import Address


def observe_addresses(channel: Channel, managed: Collection[str], names: Names) -> frozenset[Address]:
    """The addresses that these interfaces have, whoever gave them."""
    if not managed:
        return frozenset()
    found = map(address, (one.body for one in channel.dump(Rtm.GETADDR, IFADDR.pack(socket.AF_INET, 0, 0, 0, 0))))
    return frozenset(Address(names[index], fact.address) for index, fact in found if names[index] in managed)


async def put_address(requests: Requests, what: str, one: Address) -> None:
    """`ip address add`. Raises KernelRejected when the interface is absent."""
    await requests.change(what, "addr", "add", ALREADY_THERE, index=index_of(one.interface), **_fields(one.address))


async def remove_address(requests: Requests, what: str, one: Address) -> None:
    """`ip address del`; with a device that is gone its addresses are gone too."""
    try:
        index = socket.if_nametoindex(one.interface)
    except OSError:
        return
    await requests.change(what, "addr", "del", ALREADY_GONE, index=index, **_fields(one.address))


def _fields(address: IPv4Interface) -> dict[str, Any]:
    fields = {"family": socket.AF_INET, "address": str(address.ip), "local": str(address.ip)}
    if address.network.prefixlen < 31:
        # The kernel broadcasts without it too; programs that ask for it (DHCP servers) do not.
        fields["broadcast"] = str(address.network.broadcast_address)
    return {**fields, "prefixlen": address.network.prefixlen}
