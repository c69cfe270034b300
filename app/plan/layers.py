"""Puts traffic rules into as few maps as possible, so that a thousand rules cost a packet a handful of lookups.

Rules that match the same fields share a map as long as their elements do not overlap, because a map has one result for
each packet. A rule that overlaps goes into the next map with these fields. A rule that an earlier one with these fields
covers completely goes into none, because the earlier one always decides. Each map is looked up, and the best position
of all results wins ("tuple space search", Srinivasan, Suri and Varghese, 1999).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.plan.ruleset import Jump, Key, Value
from app.plan.selection import Selection, Span, combinations, span

Spans = tuple[tuple[int, int], ...]
Element = tuple[tuple[Value, ...], Jump]


@dataclass(slots=True)
class Layer:
    """One map: its fields, and its elements, which never overlap."""

    keys: tuple[Key, ...]
    elements: list[Element] = field(default_factory=list)
    _taken: dict[tuple[str, ...], list[Spans]] = field(default_factory=dict)

    def overlapping(self, names: tuple[str, ...], spans: Spans) -> Spans | None:
        """An element that overlaps this one, or None."""
        for taken in self._taken.get(names, ()):
            for (first, last), (other_first, other_last) in zip(spans, taken, strict=True):
                if first > other_last or other_first > last:
                    break
            else:
                return taken
        return None

    def add(self, names: tuple[str, ...], spans: Spans, element: Element) -> None:
        """Add an element that overlaps none."""
        self._taken.setdefault(names, []).append(spans)
        self.elements.append(element)


def layers(rules: Iterable[tuple[Selection, Jump]]) -> tuple[Layer, ...]:
    """The maps for these rules, given in the order in which they decide. A rule that matches everything has no map."""
    kinds: dict[tuple[Key, ...], list[Layer]] = {}
    for asked, jump in rules:
        if asked:
            of_its_kind = kinds.setdefault(tuple(asked), [])
            for values in combinations(asked):
                _place(of_its_kind, tuple(asked), (values, jump))
    return tuple(layer for of_its_kind in kinds.values() for layer in of_its_kind)


def _place(of_its_kind: list[Layer], keys: tuple[Key, ...], element: Element) -> None:
    covered = [span(value) for value in element[0]]
    names, spans = tuple(_names(covered)), tuple(_numbers(covered))
    for layer in of_its_kind:
        in_the_way = layer.overlapping(names, spans)
        if in_the_way is None:
            layer.add(names, spans, element)
            return
        if _covers(in_the_way, spans):
            return
    layer = Layer(keys)
    layer.add(names, spans, element)
    of_its_kind.append(layer)


def _names(covered: Iterable[Span]) -> Iterator[str]:
    return (one for one in covered if isinstance(one, str))


def _numbers(covered: Iterable[Span]) -> Iterator[tuple[int, int]]:
    return (one for one in covered if not isinstance(one, str))


def _covers(outer: Spans, inner: Spans) -> bool:
    return all(o[0] <= i[0] and i[1] <= o[1] for o, i in zip(outer, inner, strict=True))
