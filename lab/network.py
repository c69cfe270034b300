"""Builds the simulated network, and removes it completely.

Each cable is two veth pairs joined by a bridge in the *closet*, a namespace of the lab. So a cable can be cut without
setting a machine's interface down, which would be an administrator's act and remove its routes. The switch is in the
closet too.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from lab import cables, namespaces, processes, programs
from lab.namespaces import CLOSET, namespace
from lab.topology import (
    BALANCER,
    INTERNET_HOST,
    INTERNET_LINK_ADDRESS,
    PLACES,
    SWITCH,
    Cable,
    Isp,
    Machine,
    Topology,
)

# Interface indexes of machines start at 2, those of the closet here, so that the ends of a veth pair always differ.
# With equal indexes the kernel treats a carrier loss as not urgent and delays it by up to 1 s (linkwatch_urgent_event
# in net/core/link_watch.c).
_CLOSET_INDEX = 1000

# A new namespace inherits these from the host, but the lab must be the same on every host.
_PLAIN_KERNEL = {
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/ip_forward": "0",
}
_NO_IPV6 = {"ipv6/conf/all/disable_ipv6": "1", "ipv6/conf/default/disable_ipv6": "1"}
_FORWARDS = {"ipv4/ip_forward": "1"}
# The balancer's hash seed, which decides the ISP of a pair of addresses. If unset, it is the random one of this boot;
# kernels before 6.11 have no other.
SEED_VARIABLE: Final = "MULTIHOME_LAB_HASH_SEED"
_SEED: Final = "ipv4/fib_multipath_hash_seed"


def build(lab: str, plan: Topology) -> None:
    """Create all namespaces, cables and addresses of `plan`. Nothing of that lab may exist yet."""
    machines = [machine.name for machine in plan.machines]
    programs.ip_batch([f"netns add {namespace(lab, name)}" for name in (CLOSET, *machines)])
    # Before the links exist: a new link takes its IPv6 setting from the default and would send at once.
    namespaces.write_sysctls(namespace(lab, CLOSET), _NO_IPV6)
    for machine in plan.machines:
        namespaces.write_sysctls(namespace(lab, machine.name), _sysctls(machine.name))
    programs.ip_batch(list(_links(lab, plan)), where=namespace(lab, CLOSET))
    cables.prepare(lab, plan.cables)
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda machine: _furnish(lab, machine), plan.machines))
        list(pool.map(lambda isp: _translate(lab, isp), plan.isps))


def destroy(lab: str) -> None:
    """Remove every namespace of `lab`; processes inside are ended first. Idempotent."""
    names = namespaces.namespaces_of(lab)
    inside = (processes.known("inside", pid) for pid in namespaces.processes_in(names))
    processes.end(process for process in inside if process is not None)
    if names:
        programs.ip_batch([f"netns delete {name}" for name in names])


def _sysctls(machine: str) -> dict[str, str]:
    if machine == BALANCER:
        return _PLAIN_KERNEL | _seed()
    return _PLAIN_KERNEL | _NO_IPV6 | (_FORWARDS if machine.startswith("isp") else {})


def _seed() -> dict[str, str]:
    wanted = os.environ.get(SEED_VARIABLE, "")
    return {_SEED: wanted} if wanted and (Path("/proc/sys/net") / _SEED).exists() else {}


def _links(lab: str, plan: Topology) -> Iterator[str]:
    """The `ip` commands that create all cables, in the closet."""
    yield f"link add name {SWITCH} type bridge stp_state 0 mcast_snooping 0"
    yield f"link set {SWITCH} up"
    for cable in plan.cables:
        # ageing_time 0 makes it a plain wire: every frame goes to the other end, and no address is learned.
        yield f"link add name {cable.name} type bridge stp_state 0 mcast_snooping 0 ageing_time 0"
        yield from _veth_pairs(lab, cable)
        yield f"link set {cable.name} up"
    plugged = {(end.device, end.interface) for cable in plan.cables for end in cable.ends}
    for machine in plan.machines:
        for index, interface in enumerate(machine.interfaces):
            if (machine.name, interface.name) not in plugged:
                loose, where = f"loose-{index}", namespace(lab, machine.name)
                yield f"link add name {loose} type veth peer name {interface.name} netns {where}"
                yield f"link set {loose} up"


def _veth_pairs(lab: str, cable: Cable) -> Iterator[str]:
    for side, end in enumerate(cable.ends):
        ours = cable.closet_interface(end)
        index = _CLOSET_INDEX + 2 * cable.number + side
        where = "" if end.device == SWITCH else f" netns {namespace(lab, end.device)}"
        # Without segmentation offload, loss and counters refer to single packets, as on a real wire.
        yield (
            f"link add name {ours} index {index} gso_max_segs 1"
            f" type veth peer name {end.interface}{where} gso_max_segs 1"
        )
        yield f"link set {ours} master {cable.name} up"
        if end.device == SWITCH:
            yield f"link set {end.interface} master {SWITCH} up"


def _furnish(lab: str, machine: Machine) -> None:
    """Addresses, routes and neighbors of one machine; all its interfaces up."""
    lines = ["link set lo up"]
    for interface in machine.interfaces:
        if interface.link_address:
            lines.append(f"link set {interface.name} address {interface.link_address}")
        lines += [f"addr add {address} brd + dev {interface.name}" for address in interface.addresses]
        lines.append(f"link set {interface.name} up")
    if machine.default_route:
        lines.append(f"route add default via {machine.default_route}")
    if machine.name.startswith("isp"):
        # Permanent entries: otherwise a provider cut off from the Internet would notice after some seconds and send
        # "host unreachable" to its customers, but a silenced cable has to stay silent.
        lines += [
            f"neigh add {place} lladdr {INTERNET_LINK_ADDRESS} nud permanent dev {Isp.OUTSIDE_INTERFACE}"
            for place in (INTERNET_HOST, *PLACES)
        ]
    lines += machine.ways
    programs.ip_batch(lines, where=namespace(lab, machine.name))


def _translate(lab: str, isp: Isp) -> None:
    """The paper's single SNAT rule of a provider, and an empty chain for `forward_port`."""
    programs.nft(
        f"""
        table ip provider {{
            chain forwarded_ports {{
                type nat hook prerouting priority dstnat
            }}
            chain paper {{
                type nat hook postrouting priority srcnat
                oifname {Isp.OUTSIDE_INTERFACE} snat to {isp.outside.ip}
            }}
        }}
        """,
        where=namespace(lab, isp.name),
    )


def forward_port(lab: str, isp: Isp, protocol: str, port: int, to_port: int) -> None:
    """Have `isp` forward `port` of its outside address to the balancer's `to_port`."""
    programs.nft(
        f"add rule ip provider forwarded_ports iifname {Isp.OUTSIDE_INTERFACE}"
        f" {protocol} dport {port} dnat to {isp.balancer.ip}:{to_port}",
        where=namespace(lab, isp.name),
    )
