"""Grammar of sentences for people: lists, and words that depend on a number. Pure."""

from collections.abc import Iterable


def joined(items: Iterable[object]) -> str:
    """`A`, `A and B`, `A, B and C`; empty for nothing."""
    *others, last = [str(one) for one in items] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def counted(number: int, what: str) -> str:
    """`1 flow`, `2 flows`, `0 addresses`."""
    return f"{number} {what if number == 1 else f'{what}es' if what.endswith('s') else f'{what}s'}"


def either(number: int, one: str, many: str) -> str:
    """The word that agrees with a number: `is` or `are`, `it` or `them`."""
    return one if number == 1 else many
