"""Predicts what traffic rules do with a new flow from the inside, exactly as nftables evaluates them.

For a balanced flow the kernel's own hash decides.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final, NamedTuple

from app.model.choices import Balancing, IfDown
from app.model.config import Config
from app.model.facts import Facts, own_addresses
from app.model.family import IPAddress, family_of
from app.model.rule import TrafficRule
from app.model.way import Packet
from app.plan.jhash import ORDER, scaled
from app.plan.ruleset import Key
from app.plan.selection import FIELDS, NUMBERS, Span, selection, span
from app.plan.sites import wan_interfaces
from app.plan.traffic import FIRST_SEED, HASHED, inside_networks, members, picks

WITH_PORTS: Final = frozenset({6, 17})
_NAMES: Final = dict(
    zip(
        FIELDS,
        ("interface", "hardware address", "DSCP", "source", "destination", "protocol", "source port", "port"),
        strict=True,
    )
)


class FlowKey(NamedTuple):
    """The fields of a packet that rules match, in the order of FIELDS. None: not known."""

    interface: str | None
    mac: str | None
    dscp: int | None
    source: int
    destination: int
    protocol: int
    source_port: int | None
    destination_port: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The result: the rule that decides (None: no rule), and the gateway that it chooses.

    `gateway` None: balanced, unless `refused`. `unknown`: the names of the fields that are needed to be sure.
    """

    rule: TrafficRule | None = None
    gateway: int | None = None
    refused: bool = False
    unknown: tuple[str, ...] = ()


class RuleMatcher:
    """The rules of one configuration, prepared for many packets."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._rules = tuple((rule, _asked(rule)) for rule in config.rules if rule.enabled)

    def decision(self, packet: Packet, usable: Collection[int]) -> Decision:
        """The decision about this packet while these gateways are usable.

        A rule that needs an unknown field counts as not matching.
        """
        looks, unknown = flow_key(packet), dict[str, None]()
        for rule, asked in self._rules:
            match answer(asked, looks):
                case True:
                    found = self._led(rule, looks, usable)
                    return Decision(found.rule, found.gateway, found.refused, (*unknown, *found.unknown))
                case tuple(missing):
                    unknown |= dict.fromkeys(missing)
                case False:
                    pass
        return Decision(unknown=tuple(unknown))

    def may_lead(self, looks: FlowKey, number: int) -> bool:
        """Whether a rule may have sent a flow like this to gateway `number`; True if unknown."""
        gateway = self._config.gateway(number)
        if gateway is None:
            return False
        for rule, asked in self._rules:
            found = answer(asked, looks)
            if found is not False and (rule.gateway == number or rule.tier == gateway.tier):
                return True
            if found is True:
                return False
        return False

    def staying(self, number: int) -> Callable[[FlowKey], bool]:
        """A test for the flows of gateway `number` that a rule may have sent there. Without such a rule there are
        none.
        """
        gateway = self._config.gateway(number)
        led = gateway is not None and any(
            rule.gateway == number or rule.tier == gateway.tier for rule, _ in self._rules
        )
        return (lambda looks: self.may_lead(looks, number)) if led else (lambda _: False)

    def _led(self, rule: TrafficRule, looks: FlowKey, usable: Collection[int]) -> Decision:
        if rule.balances:
            return Decision(rule)
        chosen, unknown = rule.gateway, tuple[str, ...]()
        if rule.tier is not None:
            chosen, unknown = self._picked(rule.tier, looks, usable)
        if chosen is None or chosen not in usable:
            return Decision(rule, refused=rule.if_down is IfDown.REFUSE)
        return Decision(rule, chosen, unknown=unknown)

    def _picked(self, tier: int, looks: FlowKey, usable: Collection[int]) -> tuple[int | None, tuple[str, ...]]:
        """The member of this tier that nftables picks, and the fields that are needed to be sure."""
        among = members(self._config, tier)
        left = [one.number for one in among if one.number in usable]
        if len(left) < 2:
            return (left[0] if left else None), ()
        balancing = self._config.settings.balancing
        unknown = _unknown_ports(balancing, looks)
        key, modulus = _hashed(balancing, looks), sum(one.weight for one in among)
        for turn in range(picks(among)):
            value = scaled(key, FIRST_SEED + turn, modulus)
            for gateway in among:
                if value < gateway.weight:
                    break
                value -= gateway.weight
            if gateway.number in left:
                return gateway.number, unknown
        return left[0], unknown


def isps_side(source: IPAddress, config: Config, facts: Facts) -> str:
    """The WAN interface whose ISP network this source is in, as a phrase; empty if it may be inside."""
    family = family_of(source)
    if any(source in one for one in inside_networks(family, config, facts)):
        return ""
    for name in wan_interfaces(config):
        link = facts.link(name)
        if link is not None and any(source in one.address.network for one in own_addresses(link, config, family)):
            isps = " and ".join(one.name for one in config.gateways if one.interface == name) or "an ISP"
            return f"it lies on {name}, {isps}'s side"
    return ""


Asked = tuple[tuple[int, tuple[Span, ...]], ...]


def _asked(rule: TrafficRule) -> Asked:
    """A rule's selection, by the positions of its fields in FlowKey."""
    return tuple((FIELDS.index(key), tuple(map(span, values))) for key, values in selection(rule).items())


def answer(asked: Asked, looks: FlowKey) -> bool | tuple[str, ...]:
    """Whether the rule matches, or the names of the fields that are needed to tell."""
    unknown: tuple[str, ...] = ()
    for place, spans in asked:
        value = looks[place]
        if value is None:
            unknown += (_NAMES[FIELDS[place]],)
        elif not any(_within(value, one) for one in spans):
            return False
    return unknown or True


def _within(value: int | str, one: Span) -> bool:
    if isinstance(one, str) or isinstance(value, str):
        return value == one
    return one[0] <= value <= one[1]


def flow_key(packet: Packet) -> FlowKey:
    """The FlowKey of a packet to look up."""
    return FlowKey(
        interface=packet.interface,
        mac=packet.mac,
        dscp=packet.dscp,
        source=int(packet.source),
        destination=int(packet.destination),
        protocol=NUMBERS[packet.protocol][0],
        source_port=packet.source_port,
        destination_port=packet.destination_port,
    )


def _unknown_ports(balancing: Balancing, looks: FlowKey) -> tuple[str, ...]:
    if Key.SOURCE_PORT not in HASHED[balancing] or looks.protocol not in WITH_PORTS:
        return ()
    places = (Key.SOURCE_PORT, Key.DESTINATION_PORT)
    return tuple(_NAMES[key] for key in places if looks[FIELDS.index(key)] is None)


def _hashed(balancing: Balancing, looks: FlowKey) -> bytes:
    """The registers that nftables hashes: each field in words of four bytes, in network byte order."""
    keys = HASHED[balancing]
    if Key.L4PROTO in keys and looks.protocol not in WITH_PORTS:
        keys = (Key.SOURCE, Key.DESTINATION)
    return b"".join(_register(key, looks) for key in keys)


def _register(key: Key, looks: FlowKey) -> bytes:
    value = looks[FIELDS.index(key)] or 0
    match key:
        case Key.SOURCE | Key.DESTINATION:
            return IPv4Address(value).packed
        case Key.L4PROTO:
            return int(value).to_bytes(4, ORDER)
        case _:
            return int(value).to_bytes(2, "big") + b"\0\0"
