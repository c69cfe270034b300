"""The names of the DiffServ code points (RFC 2474, 2597, 3246, 5865, 8622), for people who do not think in numbers."""

from typing import Final

NAMES: Final = {
    **{f"CS{number}": 8 * number for number in range(8)},
    **{f"AF{number}{drop}": 8 * number + 2 * drop for number in range(1, 5) for drop in range(1, 4)},
    "EF": 46,
    "VA": 44,
    "LE": 1,
}
_BY_NUMBER: Final = {number: name for name, number in NAMES.items()}


def dscp_number(given: object) -> object:
    """The number that a name stands for; whatever else was given is left for the field to judge."""
    return NAMES.get(given.strip().upper(), given) if isinstance(given, str) else given


def dscp_name(number: int) -> str:
    """`EF`, or the number where it has no name."""
    return _BY_NUMBER.get(number, str(number))
