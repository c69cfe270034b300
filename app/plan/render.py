"""The kernel's objects in the words of `ip`, `sysctl` and `nft`: for people; see `describe` for the one exception."""

from app.model.layout import MAIN_TABLE, RULE_PROTOCOL
from app.plan.render_nft import ruleset_lines
from app.plan.ruleset import Ruleset
from app.plan.state import (
    EVERYWHERE,
    Address,
    Change,
    Item,
    KernelState,
    Nexthop,
    NumberSets,
    Put,
    Route,
    RouteKind,
    Rule,
    Sysctl,
)


def render(state: KernelState) -> list[str]:
    """The whole state, one line an object, in an order that a person would write it down in."""
    objects: list[Address | Sysctl | Rule | Route] = [
        *sorted(state.addresses),
        *sorted(state.sysctls),
        *sorted(state.rules, key=lambda rule: (rule.priority, line(rule))),
        *sorted(state.routes, key=lambda route: route.key),
    ]
    lines = [line(one) for one in objects]
    if state.ruleset is not None:
        lines += ruleset_lines(state.ruleset, state.sets or NumberSets())
    return lines


def describe(change: Change) -> str:
    """One change as the command that a person would have typed for it.

    What takes something of ours away (`del`, `delete`, `sysctl -w`) can be run as it stands, without a shell: the
    Debian package's purge does, when Multihome itself is gone already.
    """
    item = change.item
    put = isinstance(change, Put)
    match item:
        case Address():
            return f"ip address {'add' if put else 'del'} {line(item)}"
        case Rule():
            return f"ip rule {'add' if put else 'del'} {line(item)}"
        case Route():
            return f"ip route {'replace' if put else 'del'} {line(item)}"
        case Sysctl():
            return f"sysctl -w {line(item)}"
        case Ruleset():
            return f"nft {'replace' if put else 'delete'} table inet multihome"
        case NumberSets():
            return f"nft set inet multihome dead = {_numbers(item.dead)}, away = {_numbers(item.away)}"


def line(item: Item) -> str:
    """One object as `ip`, `sysctl` or `nft` would list it (a ruleset: its first line)."""
    match item:
        case Address():
            return f"{item.address} dev {item.interface}"
        case Sysctl():
            return f"{item.path}={item.value}"
        case Rule():
            return _rule(item)
        case Route():
            return _route(item)
        case Ruleset():
            return "table inet multihome"
        case NumberSets():
            return f"set dead {_numbers(item.dead)}, set away {_numbers(item.away)}"


def _numbers(numbers: frozenset[int]) -> str:
    return f"{{ {', '.join(map(str, sorted(numbers)))} }}" if numbers else "{ }"


def _rule(rule: Rule) -> str:
    words = [f"priority {rule.priority}", f"from {rule.source or 'all'}"]
    if rule.output_interface is not None:
        words.append(f"oif {rule.output_interface}")
    if rule.mark is not None and rule.mask is not None:
        words.append(f"fwmark {hex(rule.mark) if rule.mark else 0}/{rule.mask:#x}")
    words.append(f"lookup {'main' if rule.table == MAIN_TABLE else rule.table}")
    if rule.suppress_prefixlength is not None:
        words.append(f"suppress_prefixlength {rule.suppress_prefixlength}")
    return " ".join([*words, f"protocol {RULE_PROTOCOL}"])


def _route(route: Route) -> str:
    destination = "default" if route.destination == EVERYWHERE else str(route.destination)
    words = [destination]
    if route.kind is not RouteKind.UNICAST:
        words.insert(0, route.kind)
    alone = len(route.nexthops) == 1
    if alone:
        words.append(_way(route.nexthops[0]))
    words += [f"table {route.table}", "proto static"]
    if route.source is not None:
        words.append(f"src {route.source}")
    if route.metric:
        words.append(f"metric {route.metric}")
    if not alone:
        words += [f"nexthop {_way(one)} weight {one.weight}" for one in route.nexthops]
    return " ".join(words)


def _way(nexthop: Nexthop) -> str:
    via = "" if nexthop.gateway is None else f"via {nexthop.gateway} "
    return f"{via}dev {nexthop.interface}{' onlink' if nexthop.onlink else ''}"
