"""The nftables table in nft's language, as `nft list table inet multihome` would show the desired one."""

from collections.abc import Mapping

from app.model.family import Family, family_of
from app.model.layout import NFT_TABLE, mark
from app.plan.ruleset import (
    Chain,
    Count,
    CountBy,
    Jump,
    Key,
    Lookup,
    Map,
    Masquerade,
    Match,
    NumberSets,
    Op,
    Over,
    Pick,
    PutMark,
    Range,
    RestoreMark,
    RuleLine,
    Ruleset,
    SetMark,
    Snat,
    Statement,
    Value,
    Verdict,
)
from app.plan.selection import PROTOCOL_NAMES

MARKS = {Key.META_MARK, Key.CT_MARK}
NAMES = {Key.INPUT_INTERFACE, Key.OUTPUT_INTERFACE}


# nft's names of the key types (man 8 nft, "SETS" and "DATA TYPES").
TYPES = {
    Key.INPUT_INTERFACE: "ifname",
    Key.ETHER_SOURCE: "ether_addr",
    Key.DSCP: "dscp",
    Key.SOURCE: "ipv4_addr",
    Key.DESTINATION: "ipv4_addr",
    Key.L4PROTO: "inet_proto",
    Key.SOURCE_PORT: "inet_service",
    Key.DESTINATION_PORT: "inet_service",
    Key.META_MARK: "mark",
}


def ruleset_lines(ruleset: Ruleset, sets: Mapping[Family, NumberSets]) -> list[str]:
    """The table, line by line, indented as in nft's listing."""
    lines = [f"table inet {NFT_TABLE} {{"]
    lines += [f"\tcounter {name} {{ }}" for name in ruleset.counters]
    for family in ruleset.families:
        for name, numbers in sets.get(family, NumberSets(family=family)).by_name.items():
            lines += _set(name, numbers)
    for one in ruleset.maps:
        lines += _map(one)
    for chain in ruleset.chains:
        lines += _chain(chain)
    return [*lines, "}"]


def _set(name: str, numbers: frozenset[int]) -> list[str]:
    elements = ", ".join(f"{mark(number):#010x}" for number in sorted(numbers))
    lines = [f"\t\telements = {{ {elements} }}"] if elements else []
    return [f"\tset {name} {{", "\t\ttype mark", *lines, "\t}"]


def _map(one: Map) -> list[str]:
    lines = [f"\tmap {one.name} {{", f"\t\ttype {map_type(one)}"]
    if one.has_ranges:
        lines.append("\t\tflags interval")
    elements = element_lines(one)
    if elements:
        lines.append(f"\t\telements = {{ {elements[0]}{',' if len(elements) > 1 else ' }'}")
        lines += [f"\t\t\t     {element}," for element in elements[1:-1]]
        lines += [f"\t\t\t     {elements[-1]} }}"] if len(elements) > 1 else []
    return [*lines, "\t}"]


def map_type(one: Map) -> str:
    """The key and value types of a map, in nft's language."""
    return f"{' . '.join(TYPES[key] for key in one.keys)} : {one.kind}"


def element_lines(one: Map) -> list[str]:
    """The elements of a map, each in nft's language."""
    return [f"{_element(one, key)} : {_target(to)}" for key, to in one.elements]


def _element(one: Map, values: tuple[Value, ...]) -> str:
    return " . ".join(_value(key, value) for key, value in zip(one.keys, values, strict=True))


def _target(to: Jump | str) -> str:
    return f'"{to}"' if isinstance(to, str) else _leading(to)


def _chain(chain: Chain) -> list[str]:
    lines = [f"\tchain {chain.name} {{"]
    if chain.hook is not None:
        hook = chain.hook
        lines.append(f"\t\ttype {hook.type} hook {hook.hook} priority {hook.priority}; policy accept;")
    lines += [f"\t\t{rule_line(rule)}" for rule in chain.rules]
    return [*lines, "\t}"]


def rule_line(rule: RuleLine) -> str:
    """One rule in nft's language."""
    text = " ".join(_statement(one) for one in rule.statements)
    return f'{text} comment "{rule.comment}"' if rule.comment else text


def _statement(statement: Statement) -> str:
    match statement:
        case Match():
            return _match(statement)
        case Over(per_second=rate, burst=burst):
            return f"limit rate over {rate}/second burst {burst} packets"
        case SetMark() | PutMark() | RestoreMark():
            return _marking(statement)
        case Count() | CountBy():
            return _counting(statement)
        case Jump() | Lookup() | Pick():
            return _leading(statement)
        case Snat(address=address):
            return f"snat {family_of(address).nft} to {address}"
        case Masquerade():
            return "masquerade"
        case Verdict():
            return str(statement)


def _marking(statement: SetMark | PutMark | RestoreMark) -> str:
    match statement:
        case SetMark(key=key, keep=keep, bits=bits):
            return f"{key} set {key} & {keep:#010x} | {bits:#010x}"
        case PutMark(bits=bits):
            return f"meta mark set {bits:#010x}"
        case RestoreMark(mask=mask):
            return f"meta mark set ct mark & {mask:#010x}"


def _counting(statement: Count | CountBy) -> str:
    match statement:
        case Count(counter=name):
            return f'counter name "{name}"'
        case CountBy(key=key, map=name):
            return f"counter name {key} map @{name}"


def _leading(statement: Jump | Lookup | Pick) -> str:
    match statement:
        case Jump(chain=chain, back=back):
            return f"{'jump' if back else 'goto'} {chain}"
        case Lookup(keys=keys, map=name):
            return f"{' . '.join(keys)} vmap @{name}"
        case Pick():
            return _pick(statement)


def _pick(pick: Pick) -> str:
    spans = ", ".join(f"{_span(span)} : jump {chain}" for span, chain in pick.spans)
    return f"jhash {' . '.join(pick.keys)} mod {pick.modulus} seed {pick.seed:#x} vmap {{ {spans} }}"


def _span(span: Range) -> str:
    return str(span.first) if span.first == span.last else f"{span.first}-{span.last}"


def _match(match: Match) -> str:
    left = str(match.key)
    if match.mask is not None:
        left += f" & {match.mask:#x}" if match.key not in MARKS else f" & {match.mask:#010x}"
    op = {Op.EQ: " ", Op.NE: " != ", Op.IN: " ", Op.GT: " > "}[match.op]
    if match.mask is not None and match.op is Op.EQ and match.set_name is None:
        op = " == "
    if match.set_name is not None:
        return f"{left}{op}@{match.set_name}"
    values = [_value(match.key, one) for one in match.values]
    if len(values) == 1:
        return f"{left}{op}{values[0]}"
    joined = ", ".join(values) if match.op is not Op.IN else ",".join(values)
    return f"{left}{op}{joined}" if match.op is Op.IN else f"{left}{op}{{ {joined} }}"


def _value(key: Key, value: Value) -> str:
    if isinstance(value, Range):
        return _span(value)
    if isinstance(value, bool):
        return "exists" if value else "missing"
    if key is Key.L4PROTO and value in PROTOCOL_NAMES:
        return PROTOCOL_NAMES[value]
    if key in NAMES:
        return f'"{value}"'
    if key in MARKS and isinstance(value, int):
        return f"{value:#010x}"
    return f"{value:#x}" if key is Key.TCP_FLAGS and isinstance(value, int) else str(value)
