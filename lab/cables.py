"""Faults of cables: cut, silenced, degraded; and what a cable carried.

Faults are made at the middle of the cable, in the closet. The kernel holds the state: whether the closet's ends are up,
and one nftables chain per cable whose only rule has the fault in its comment. Only a delay on a kernel without netem
needs more: a relay (`relays`), through which frames pass instead of the bridge.
"""

import fcntl
import json
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lab import namespaces, programs, relays
from lab.errors import BadRequest, CommandFailed
from lab.namespaces import CLOSET, namespace
from lab.topology import BALANCER, Cable, End

# linux/sockios.h, linux/if.h
_SIOCGIFFLAGS: Final = 0x8913
_SIOCSIFFLAGS: Final = 0x8914
_IFF_UP: Final = 0x1
_IFREQ: Final = "16sH14x"

# The token bucket holds the bits of this time: below 4 ms the timers of a busy machine cannot sustain the rate.
_BUCKET_S: Final = 0.01
_LEAST_BUCKET_BYTES: Final = 5000
# A modem's buffer: packets that would wait longer are dropped.
_QUEUE_MS: Final = 100
_LOSS_STEPS: Final = 1_000_000
_SILENCED: Final = "silenced"
# If a relay dies, its packets are lost, and the bridge lets nothing pass in its place.
_ENDED: Final = f"{_SILENCED}: its relay has ended (restore it)"


@dataclass(frozen=True, slots=True)
class Degradation:
    """A cable's degradation, equal in both directions. None: not degraded in that respect."""

    loss_percent: float | None = None
    rate_bits_per_s: int | None = None
    delay_ms: float | None = None

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        if self.loss_percent is None and self.rate_bits_per_s is None and self.delay_ms is None:
            msg = "say how bad: --loss, --rate or --delay"
            raise BadRequest(msg)
        if self.loss_percent is not None and not 0 < self.loss_percent <= 100:
            msg = f"a loss of {self.loss_percent} percent: choose more than 0, at most 100"
            raise BadRequest(msg)
        if self.rate_bits_per_s is not None and self.rate_bits_per_s < 8000:
            msg = f"a rate of {self.rate_bits_per_s} bit/s: choose at least 8000"
            raise BadRequest(msg)
        if self.delay_ms is not None and not 0 < self.delay_ms <= 10_000:
            msg = f"a delay of {self.delay_ms} ms: choose more than 0, at most 10000"
            raise BadRequest(msg)


@dataclass(frozen=True, slots=True)
class Carried:
    """What entered a cable at one end since it was created."""

    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class CableState:
    """The state of a cable. `fault`: its faults besides a cut, in words; empty if healthy."""

    name: str
    plugged: bool
    fault: str
    from_near: Carried
    from_far: Carried

    @property
    def summary(self) -> str:
        """The state as a word or phrase for a table."""
        words = [] if self.plugged else ["cut"]
        return ", ".join([*words, self.fault] if self.fault else words) or "healthy"


def prepare(lab: str, cables: Sequence[Cable]) -> None:
    """Create an empty nftables chain for every cable."""
    chains = "\n".join(f"chain {cable.name} {{\n}}" for cable in cables)
    # By the ingress port, because `ibrname` needs a module that small kernels lack (nft_meta_bridge).
    ports = ((cable.closet_interface(end), cable.name) for cable in cables for end in cable.ends)
    jumps = ", ".join(f'"{port}" : jump {chain}' for port, chain in ports)
    programs.nft(
        f"""
        table bridge cables {{
            {chains}
            chain forward {{
                type filter hook forward priority filter
                iifname vmap {{ {jumps} }}
            }}
        }}
        """,
        where=namespace(lab, CLOSET),
    )


def cut(lab: str, cable: Cable) -> int:
    """Remove the carrier at both ends. Returns the monotonic time in ns just before the first end lost it."""
    # The balancer's end first: its reaction is measured.
    ends = sorted(cable.ends, key=lambda end: end.device != BALANCER)
    return _set_up(lab, cable, ends, flag=0)


def plug(lab: str, cable: Cable) -> int:
    """Restore the carrier at both ends. Returns the monotonic time in ns just before."""
    return _set_up(lab, cable, cable.ends, flag=_IFF_UP)


def silence(lab: str, cable: Cable) -> int:
    """Drop everything while the carrier stays. Returns the monotonic time in ns just before."""
    now_ns = time.monotonic_ns()
    relays.stop(lab, cable)
    programs.nft(_only_rule(cable, f'drop comment "{_SILENCED}"'), where=namespace(lab, CLOSET))
    return now_ns


def degrade(lab: str, cable: Cable, degradation: Degradation) -> int:
    """Make the cable lose, slow or delay packets in each direction, instead of earlier faults.

    A delay is done by the kernel's netem if it has that, otherwise by a relay; `states` says which.
    """
    where = namespace(lab, CLOSET)
    relayed = degradation.delay_ms is not None and not _has_netem(where)
    relays.stop(lab, cable)
    _clear_queues(where, cable)
    for end in cable.ends:
        for line in _queues(cable.closet_interface(end), degradation, relayed=relayed):
            programs.run(line, where=where)
    loss_percent = degradation.loss_percent or 0
    if relayed:
        relays.start(lab, cable, delay_ms=degradation.delay_ms or 0, loss_percent=loss_percent)
        action = "drop"  # frames that the relay carries must not pass the bridge as well
    else:
        # nftables does the loss even with netem, because that works on every kernel. Without loss the rule has only the
        # comment.
        loss = round(loss_percent / 100 * _LOSS_STEPS)
        some = f"numgen random mod {_LOSS_STEPS} < {loss} drop" if loss else "continue"
        action = "drop" if loss == _LOSS_STEPS else some  # nft refuses a comparison with an impossible number
    now_ns = time.monotonic_ns()
    programs.nft(_only_rule(cable, f'{action} comment "{_in_words(degradation, relayed=relayed)}"'), where=where)
    return now_ns


def restore(lab: str, cable: Cable) -> int:
    """Remove all faults of a cable. Idempotent. Returns the monotonic time in ns just before."""
    where = namespace(lab, CLOSET)
    now_ns = time.monotonic_ns()
    relays.stop(lab, cable)
    programs.nft(f"flush chain bridge cables {cable.name}", where=where)
    _clear_queues(where, cable)
    plug(lab, cable)
    return now_ns


def states(lab: str, cables: Sequence[Cable]) -> list[CableState]:
    """The state of all cables from the kernel, and whether the relays that they need still run."""
    where = namespace(lab, CLOSET)
    links = {link["ifname"]: link for link in json.loads(programs.run(["ip", "-json", "-stats", "link"], where=where))}
    faults = _faults(programs.run(["nft", "-j", "list", "table", "bridge", "cables"], where=where))

    def carried(cable: Cable, end: End) -> Carried:
        received = links[cable.closet_interface(end)]["stats64"]["rx"]
        return Carried(packets=received["packets"], octets=received["bytes"])

    return [
        CableState(
            name=cable.name,
            plugged=all("UP" in links[cable.closet_interface(end)]["flags"] for end in cable.ends),
            fault=_ENDED if relays.has_ended(lab, cable) else faults.get(cable.name, ""),
            from_near=carried(cable, cable.near),
            from_far=carried(cable, cable.far),
        )
        for cable in cables
    ]


def _set_up(lab: str, cable: Cable, ends: Sequence[End], *, flag: int) -> int:
    # An ioctl and not `ip link set`: starting a program takes longer than a failover in the kernel.
    with namespaces.socket_inside(namespace(lab, CLOSET), socket.AF_INET, socket.SOCK_DGRAM) as control:
        now_ns = time.monotonic_ns()
        for end in ends:
            name = cable.closet_interface(end).encode()
            answer = fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack(_IFREQ, name, 0))
            flags = struct.unpack(_IFREQ, answer)[1] & ~_IFF_UP | flag
            fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack(_IFREQ, name, flags))
    return now_ns


def _only_rule(cable: Cable, rule: str) -> str:
    return f"flush chain bridge cables {cable.name}\nadd rule bridge cables {cable.name} {rule}\n"


def _in_words(degradation: Degradation, *, relayed: bool) -> str:
    words = []
    if degradation.loss_percent is not None:
        words.append(f"loses {degradation.loss_percent:g} percent")
    if degradation.rate_bits_per_s is not None:
        words.append(f"at most {degradation.rate_bits_per_s / 1000:g} kbit/s")
    if degradation.delay_ms is not None:
        words.append(f"delays by {degradation.delay_ms:g} ms ({'a relay' if relayed else 'netem'})")
    return ", ".join(words)


def _queues(interface: str, degradation: Degradation, *, relayed: bool) -> list[list[str]]:
    """Commands for the rate limit (and the delay, unless `relayed`) of packets that leave the closet through
    `interface`.
    """
    put = ["tc", "qdisc", "replace", "dev", interface]
    commands = []
    if degradation.rate_bits_per_s is not None:
        burst = max(_LEAST_BUCKET_BYTES, round(degradation.rate_bits_per_s / 8 * _BUCKET_S))
        rate = f"{degradation.rate_bits_per_s}bit"
        shape = ["tbf", "rate", rate, "burst", str(burst), "latency", f"{_QUEUE_MS}ms"]
        commands.append([*put, "root", "handle", "1:", *shape])
    if degradation.delay_ms is not None and not relayed:
        place = ["root"] if degradation.rate_bits_per_s is None else ["parent", "1:1"]
        commands.append([*put, *place, "netem", "delay", f"{degradation.delay_ms}ms"])
    return commands


def _clear_queues(where: str, cable: Cable) -> None:
    for end in cable.ends:
        interface = cable.closet_interface(end)
        # `replace` with a veth's default qdisc works whether or not there is anything to remove.
        programs.run(["tc", "qdisc", "replace", "dev", interface, "root", "noqueue"], where=where)


def _has_netem(where: str) -> bool:
    try:
        programs.run(["tc", "qdisc", "add", "dev", "lo", "root", "netem"], where=where)
    except CommandFailed:
        return False  # CONFIG_NET_SCH_NETEM is off
    programs.run(["tc", "qdisc", "del", "dev", "lo", "root"], where=where)
    return True


def _faults(ruleset: str) -> dict[str, str]:
    """Chain → comment of its rule, from the JSON of nft."""
    objects = json.loads(ruleset)["nftables"]
    rules = [entry["rule"] for entry in objects if "rule" in entry]
    return {rule["chain"]: rule["comment"] for rule in rules if "comment" in rule}
