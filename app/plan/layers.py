"""Traffic rules put into as few maps as will do, so that a thousand of them cost a packet a handful of lookups.

Rules that ask for the same fields share a map, as long as their elements do not overlap: a map knows one answer for
each packet. One that overlaps goes into the next map of its kind, and one that an earlier rule of its kind covers
wholly into none, because that rule always decides. Every map is asked, and the best position of all answers wins
(classifying by "tuple space search", Srinivasan, Suri and Varghese, 1999).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.plan.ruleset import Jump, Key, Value
from app.plan.selection import Selection, Span, combinations, span

Spans = tuple[tuple[int, int], ...]
Element = tuple[tuple[Value, ...], Jump]


@dataclass(slots=True)
class Layer:
    """One map: its fields, and its elements, none of which overlaps another."""

    keys: tuple[Key, ...]
    elements: list[Element] = field(default_factory=list)
    _taken: dict[tuple[str, ...], list[Spans]] = field(default_factory=dict)

    def overlapping(self, names: tuple[str, ...], spans: Spans) -> Spans | None:
        """What is in the way of this element, or None."""
        for taken in self._taken.get(names, ()):
            for (first, last), (other_first, other_last) in zip(spans, taken, strict=True):
                if first > other_last or other_first > last:
                    break
            else:
                return taken
        return None

    def add(self, names: tuple[str, ...], spans: Spans, element: Element) -> None:
        """Take an element that overlaps none."""
        self._taken.setdefault(names, []).append(spans)
        self.elements.append(element)


def layers(rules: Iterable[tuple[Selection, Jump]]) -> tuple[Layer, ...]:
    """The maps for these rules, which come in the order in which they decide. Rules that ask for nothing have none."""
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
