"""Kernel objects and changes as commands of `ip`, `sysctl` and `nft`, for people."""

from difflib import SequenceMatcher

from app.model.layout import NFT_TABLE
from app.plan.render_nft import element_lines, map_type, rule_line, ruleset_lines
from app.plan.ruleset import Chain, Map, NumberSets, Ruleset
from app.plan.state import Change, KernelState, Put

_NOTHING = Ruleset((), ())


def render(state: KernelState) -> list[str]:
    """The complete state, one line for each object, in the usual order of listings."""
    single = (one for one in state if not isinstance(one, Ruleset | NumberSets))
    lines = [one.line for one in sorted(single, key=lambda one: (one.listed, one.place))]
    ruleset = state.only(Ruleset)
    return (
        lines if ruleset is None else lines + ruleset_lines(ruleset, {one.family: one for one in state.of(NumberSets)})
    )


def describe(change: Change) -> str:
    """One change as the command that a person would type for it. Changes of the nftables table have no such command.

    Commands that remove something (`del`, `delete`, `sysctl -w`) run as they are, without a shell. The purge of the
    Debian package runs them after Multihome itself is gone.
    """
    return change.item.command(put=isinstance(change, Put))


def change_lines(changes: tuple[Change, ...], have: KernelState) -> tuple[str, ...]:
    """These changes to `have` as commands; for the nftables table only the rules that differ."""
    lines: list[str] = []
    for change in changes:
        if isinstance(change, Put) and isinstance(change.item, Ruleset):
            lines += _ruleset(have.only(Ruleset) or _NOTHING, change.item)
        else:
            lines.append(describe(change))
    return tuple(lines)


def _ruleset(before: Ruleset, after: Ruleset) -> list[str]:
    chains = {chain.name: chain for chain in before.chains}
    lines = [f"nft delete counter inet {NFT_TABLE} {name}" for name in before.counters if name not in after.counters]
    lines += [f"nft add counter inet {NFT_TABLE} {name}" for name in after.counters if name not in before.counters]
    lines += _maps(before.maps, after.maps)
    for chain in after.chains:
        lines += _chain(chains.get(chain.name), chain)
    names = {chain.name for chain in after.chains}
    return lines + [f"nft delete chain inet {NFT_TABLE} {name}" for name in chains if name not in names]


def _maps(before: tuple[Map, ...], after: tuple[Map, ...]) -> list[str]:
    """Added and removed maps, and changed elements of the other maps."""
    old = {one.name: one for one in before}
    new = {one.name: one for one in after}
    lines = [f"nft delete map inet {NFT_TABLE} {name}" for name in old if name not in new]
    for name, one in new.items():
        had = old.get(name)
        if had is None or map_type(had) != map_type(one):
            lines += [f"nft delete map inet {NFT_TABLE} {name}"] if had is not None else []
            lines.append(f"nft add map inet {NFT_TABLE} {name} {{ type {map_type(one)}; }}")
            had = None
        there, wanted = set() if had is None else set(element_lines(had)), element_lines(one)
        gone = [] if had is None else [line for line in element_lines(had) if line not in set(wanted)]
        lines += [f"nft delete element inet {NFT_TABLE} {name} {{ {line} }}" for line in gone]
        lines += [f"nft add element inet {NFT_TABLE} {name} {{ {line} }}" for line in wanted if line not in there]
    return lines


def _chain(before: Chain | None, after: Chain) -> list[str]:
    lines = [] if before is not None else [f"nft add chain inet {NFT_TABLE} {after.name}"]
    old = [] if before is None else [rule_line(rule) for rule in before.rules]
    new = [rule_line(rule) for rule in after.rules]
    for tag, start, end, new_start, new_end in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag != "equal":
            lines += [f"nft delete rule inet {NFT_TABLE} {after.name} {rule}" for rule in old[start:end]]
            lines += [f"nft add rule inet {NFT_TABLE} {after.name} {rule}" for rule in new[new_start:new_end]]
    return lines
