"""Amounts as people write them: `5%`, `2mbit`, `40ms`."""

import re
from collections.abc import Mapping
from typing import Final

from lab.errors import BadRequest

_RATE: Final = {"bit": 1, "": 1, "kbit": 1000, "mbit": 1000_000, "gbit": 1000_000_000}
_TIME_MS: Final = {"ms": 1.0, "": 1.0, "s": 1000.0, "us": 0.001}


def percent(words: str) -> float:
    """`5` or `5%`."""
    return _amount(words, {"%": 1.0, "": 1.0}, "a share in percent, such as 5 or 0.5%")


def bits_per_s(words: str) -> int:
    """`500kbit`, `2mbit`, `1gbit`; without unit, bits per second. The units are tc(8)'s."""
    return round(_amount(words, _RATE, "a rate, such as 500kbit or 2mbit"))


def milliseconds(words: str) -> float:
    """`40ms`, `0.5s`, `200us`; without unit, milliseconds."""
    return _amount(words, _TIME_MS, "a time, such as 40ms or 0.5s")


def _amount(words: str, units: Mapping[str, float], example: str) -> float:
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) *([a-z%]*)", words.strip().lower())
    if match is None or match[2] not in units:
        msg = f"{words!r} is not {example}"
        raise BadRequest(msg)
    return float(match[1]) * units[match[2]]
