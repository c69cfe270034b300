"""Traffic rules that can never decide, because an earlier one always decides first. Pure.

It finds rules that a single earlier rule covers, not those that several earlier rules cover together.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from app.model.rule import TrafficRule
from app.plan.ruleset import Key
from app.plan.selection import Span, selection, span

_NETWORKS = (Key.SOURCE, Key.DESTINATION)


@dataclass(frozen=True, slots=True)
class Shadow:
    """`rule` is never reached: `covering` decides first."""

    rule: TrafficRule
    covering: TrafficRule


def shadows(rules: Iterable[TrafficRule]) -> Iterator[Shadow]:
    """The enabled rules that one earlier enabled rule covers completely, each with the first that does."""
    earlier = _Earlier()
    for rule in rules:
        if rule.enabled:
            asked = _spans(rule)
            covering = earlier.covering(rule, asked)
            if covering is None:
                earlier.add(rule, asked)
            else:
                yield Shadow(rule, covering)


Spans = dict[Key, tuple[Span, ...]]


class _Earlier:
    """The rules so far, indexed by their networks, so that a thousand rules are not compared with each other."""

    def __init__(self) -> None:
        self._rules: defaultdict[tuple[Key, IPv4Network] | None, list[tuple[int, TrafficRule, Spans]]]
        self._rules = defaultdict(list)
        self._count = 0

    def add(self, rule: TrafficRule, asked: Spans) -> None:
        """Add a rule after all others."""
        place = next(((key, one) for key in _NETWORKS if (one := _network(rule, key)) is not None), None)
        self._count += 1
        self._rules[place].append((self._count, rule, asked))

    def covering(self, rule: TrafficRule, asked: Spans) -> TrafficRule | None:
        """The first rule that matches everything that this one matches."""
        places: list[tuple[Key, IPv4Network] | None] = [None]
        for key in _NETWORKS:
            network = _network(rule, key)
            if network is not None:
                places += [(key, network.supernet(new_prefix=length)) for length in range(network.prefixlen + 1)]
        candidates = (one for place in places if place in self._rules for one in self._rules[place])
        found = min(
            ((order, other) for order, other, theirs in candidates if _covers(theirs, asked)),
            key=lambda one: one[0],
            default=None,
        )
        return None if found is None else found[1]


def _network(rule: TrafficRule, key: Key) -> IPv4Network | None:
    network = rule.source if key is Key.SOURCE else rule.destination
    return None if network is None or network.prefixlen == 0 else network


def _spans(rule: TrafficRule) -> Spans:
    return {key: tuple(_joined(map(span, values))) for key, values in selection(rule).items()}


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """The same with adjacent ranges joined: ports 80-89 and 90-99 cover 85-95."""
    last: tuple[int, int] | None = None
    for one in spans:
        if isinstance(one, str):
            yield one
        elif last is not None and one[0] == last[1] + 1:
            last = last[0], one[1]
        else:
            if last is not None:
                yield last
            last = one
    if last is not None:
        yield last


def _covers(outer: Spans, inner: Spans) -> bool:
    return all(
        key in inner and all(any(_within(one, wide) for wide in spans) for one in inner[key])
        for key, spans in outer.items()
    )


def _within(one: Span, wide: Span) -> bool:
    if isinstance(one, str) or isinstance(wide, str):
        return one == wide
    return wide[0] <= one[0] and one[1] <= wide[1]
