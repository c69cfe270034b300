"""What must be in the kernel, worked out anew from the configuration and from what was done to the cables.

Nothing of `app.plan` is used, and the kernel is asked with `ip` and `nft`: what both sides of the worker's own
comparison had in common and wrong would show here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.model.choices import Role
from app.model.config import Config, Gateway, Interface
from app.service.configuration import Configuration
from lab import namespaces
from lab.lab import Lab
from lab.namespaces import namespace
from tests.lab import routed

MASK = "0x7f000000"
CHAINS = {"prerouting", "input", "forward", "output", "postrouting", "srcnat"}
# The kernel's own: somebody may flush them, and then they are gone.
NOT_OURS = ("0: from all lookup local", "32766: from all lookup main", "32767: from all lookup default")
_LISTING = (
    "ip -4 rule; echo -; ip -4 route show table all; echo -; nft -s list ruleset; echo -; ip -4 -o address; echo -;"
    " sysctl net.ipv4.ip_forward net.ipv4.fib_multipath_hash_policy; sysctl -ar 'ipv4.conf.eth[0-9]+.rp_filter'"
)


@dataclass(frozen=True)
class Listing:
    """What the kernel's own tools say, in lines without superfluous white space."""

    rules: list[str]
    routes: list[str]
    ruleset: list[str]
    addresses: list[str]
    sysctls: list[str]


@dataclass(frozen=True)
class Seen:
    """What is not as it should be; the gateways that new connections may take; our nftables table but for elements."""

    differences: tuple[str, ...]
    usable: tuple[int, ...]
    ruleset: tuple[str, ...]


def listing(lab: Lab) -> Listing:
    sections: list[list[str]] = [[]]
    for line in routed.lines(lab, "sh", "-c", _LISTING):
        if line == "-":
            sections.append([])
        else:
            sections[-1].append(line)
    return Listing(*sections)


def works(lab: Lab) -> frozenset[int]:
    """The ISPs behind which the Internet is, by what was done to their cables."""
    broken = {cable.name for cable in lab.cables() if cable.summary != "healthy"}
    return frozenset(isp.number for isp in lab.plan.isps if not broken & {f"balancer-{isp.name}", f"{isp.name}-vmnet8"})


def look(lab: Lab) -> Seen:
    """Compare everything with what the newest configuration and the cables ask for.

    Gateways are taken to be probed beyond their cables, and all of them to be the lab's providers by their numbers.
    """
    config = Configuration(routed.home(lab)).head().config
    working = works(lab) & {one.number for one in config.gateways}
    usable = [one.number for one in config.gateways if one.enabled and one.number in working]
    tiers = {one.number: one.tier for one in config.gateways}
    best = min((tiers[number] for number in usable), default=0)
    members = [n for n in usable if tiers[n] == best] or [one.number for one in config.gateways if one.enabled]
    singles = usable or members
    away = {one.number for one in config.gateways} - set(usable)
    dead = {one.number for one in config.gateways if one.number not in working and usable}
    have = listing(lab)
    routes = set(_routes(config, members, singles))
    differences = (
        *_different("rule", set(_rules(config)), [one for one in have.rules if one not in NOT_OURS]),
        *_different("route", routes, [_plain(one) for one in have.routes if _may_be_ours(one)]),
        *_different("address", set(_addresses(config)), [" ".join(one.split()[1:4:2]) for one in have.addresses]),
        *_different("sysctl", set(_sysctls(config)), [one for one in have.sysctls if "eth0" not in one]),
        *_nft_differences(config, {"dead": dead, "away": away}, have.ruleset),
        *_stray_processes(lab),
        *_own_word(lab),
    )
    # Sorted: chains stand in the order of their making, which says nothing.
    written = tuple(sorted(line for line in have.ruleset if not line.startswith("elements")))
    return Seen(differences, tuple(usable), written)


def _rules(config: Config) -> Iterator[str]:
    yield "240: from all lookup main suppress_prefixlength 0 proto 243"
    for gateway in config.gateways:
        number = gateway.number
        here, there = 241 if number == 1 else 242, _table(number)
        subnet = _interface(config, gateway).addresses[0].network
        yield f"{here}: from {subnet} fwmark 0/{MASK} lookup {there} proto 243"
        yield f"{here}: from all fwmark 0/{MASK} oif {gateway.interface} lookup {there} proto 243"
        yield f"{here}: from all fwmark {number << 24:#x}/{MASK} lookup {there} proto 243"
    yield "243: from all lookup 243 proto 243"
    yield "244: from all lookup 244 proto 243"


def _routes(config: Config, members: list[int], singles: list[int]) -> Iterator[str]:
    ways: dict[int, str] = {}
    for gateway in config.gateways:
        table, device = _table(gateway.number), f"dev {gateway.interface}"
        ways[gateway.number] = f"via {gateway.ipv4.address} {device}"
        yield f"{_interface(config, gateway).addresses[0].network} {device} table {table} proto static scope link"
        yield f"default {ways[gateway.number]} table {table} proto static"
        yield f"blackhole default table {table} proto static metric 4000000000"
    if len(members) == 1:
        yield f"default {ways[members[0]]} table 243 proto static"
    elif members:
        yield "default table 243 proto static"
        for gateway in config.gateways:
            if gateway.number in members:
                yield f"nexthop {ways[gateway.number]} weight {gateway.weight}"
    for gateway in config.gateways:
        if gateway.number in singles:
            metric = 1000 * gateway.tier + gateway.number
            yield f"default {ways[gateway.number]} table 244 proto static metric {metric}"


def _addresses(config: Config) -> Iterator[str]:
    yield "lo 127.0.0.1/8"
    for interface in config.interfaces:
        yield from (f"{interface.name} {address}" for address in interface.addresses)


def _sysctls(config: Config) -> Iterator[str]:
    yield "net.ipv4.ip_forward = 1"
    yield "net.ipv4.fib_multipath_hash_policy = 0"
    for interface in config.interfaces:
        if interface.role is Role.WAN:
            yield f"net.ipv4.conf.{interface.name}.rp_filter = 2"


def _nft_differences(config: Config, sets: dict[str, set[int]], ruleset: list[str]) -> Iterator[str]:
    tables = [line for line in ruleset if line.startswith("table ")]
    if tables != ["table inet multihome {"]:
        yield f"nft tables: {tables}"
        return
    chains = {line.split()[1] for line in ruleset if line.startswith("chain ")}
    rules = {one.number for one in config.rules if one.enabled}
    if not chains >= CHAINS or bool(chains - CHAINS) is not bool(rules):
        yield f"nft chains: {sorted(chains)}"
    counted = {int(line.split()[1].removeprefix("rule_")) for line in ruleset if line.startswith("counter rule_")}
    if counted != rules:
        yield f"nft counters of rules: {sorted(counted)} instead of {sorted(rules)}"
    counters = {line.split()[1] for line in ruleset if line.startswith("counter flows_")}
    if counters != {f"flows_{one.number}" for one in config.gateways}:
        yield f"nft counters: {sorted(counters)}"
    for name, wanted in sets.items():
        elements = " ".join(ruleset).partition(f"set {name} {{")[2].partition("}")[0]
        listed = {int(word.rstrip(","), 16) >> 24 for word in elements.split() if word.startswith("0x")}
        if listed != wanted:
            yield f"nft set {name}: {sorted(listed)} instead of {sorted(wanted)}"
    for gateway in config.gateways:
        comments = [f'"new flows of {gateway.number}"', f'"source of {gateway.number}"']
        missing = [one for one in comments if sum(one in line for line in ruleset) != 1]
        if missing:
            yield f"nft rules missing or twice: {missing}"


def _stray_processes(lab: Lab) -> Iterator[str]:
    wanted = {process.pid for process in lab.record.router if process.alive}
    if len(wanted) != 1:
        yield f"{len(wanted)} processes of the router live"
    for pid in set(namespaces.processes_in([namespace(lab.name, "balancer")])) - wanted:
        yield f"process {pid} is in the balancer and nobody's"


def _own_word(lab: Lab) -> Iterator[str]:
    view = routed.kernel(lab)
    if view.desired != view.observed or view.drift or view.pending:
        yield from (f"the worker wants {line}" for line in set(view.desired) - set(view.observed))
        yield from (f"the worker finds {line}" for line in set(view.observed) - set(view.desired))
        yield f"the worker's own view: drift {view.drift}, pending {view.pending}"


def _different(what: str, wanted: set[str], have: list[str]) -> Iterator[str]:
    yield from (f"{what} missing: {line}" for line in sorted(wanted - set(have)))
    yield from (f"{what} too many: {line}" for line in sorted(set(have) - wanted))
    if len(have) != len(set(have)):
        yield f"{what} twice: {sorted(line for line in set(have) if have.count(line) > 1)}"


def _plain(route: str) -> str:
    """A route without what the state of its cable adds."""
    return " ".join(word for word in route.split() if word not in {"linkdown", "dead", "onlink"})


def _may_be_ours(route: str) -> bool:
    """All but what the kernel itself makes: the local table, and the connected networks of `main`."""
    return "table local" not in route and "proto kernel" not in route


def _interface(config: Config, gateway: Gateway) -> Interface:
    found = config.interface(gateway.interface)
    assert found is not None
    return found


def _table(number: int) -> int:
    return 240 + number if number <= 2 else 242 + number
