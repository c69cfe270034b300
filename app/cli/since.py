"""A span of time as people type it: 30m, 2h, 7d."""

import re
from datetime import timedelta
from typing import Final

from app.errors import FieldError, InvalidConfig

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST: Final = timedelta(days=3650)


def span(text: str) -> timedelta:
    """How long that is. Raises InvalidConfig."""
    found = re.fullmatch(r"([0-9]{1,6})([smhdw])", text.strip())
    made = None if found is None else timedelta(**{_UNITS[found[2]]: int(found[1])})
    if made is None or made > _LONGEST:
        raise InvalidConfig(FieldError("since", f"{text!r} is not a time like 30m, 2h, 7d"))
    return made
