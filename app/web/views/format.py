"""Numbers, durations and times in the words of a page. Every number gets its unit; a space before it never breaks."""

from datetime import datetime, timedelta
from typing import Final

# The first that fits: nearly every browser also claims to be those below it.
_BROWSERS: Final = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
    "curl/": "curl",
}
_SYSTEMS: Final = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
_LONGEST: Final = 60


def browser_words(user_agent: str) -> str:
    """`Firefox on Linux`; of an unknown program what it says of itself, which may be anything."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS.items() if sign in user_agent), "")
    known = " on ".join(filter(None, [browser, system])) if browser else user_agent[:_LONGEST]
    return known or "unknown browser"


SPACE: Final = "\u00a0"
# Not zero; macros/parts.html says it in words to screen readers.
UNMEASURED: Final = "—"


def rate(bits_per_s: float | None) -> str:
    """A data rate with three significant digits at most: `12.3 Mbit/s`."""
    if bits_per_s is None:
        return UNMEASURED
    value = bits_per_s
    for unit in ("bit/s", "kbit/s", "Mbit/s", "Gbit/s"):
        if value < 999.5 or unit == "Gbit/s":
            return f"{_short(value)}{SPACE}{unit}"
        value /= 1000
    raise AssertionError("the last unit takes everything")


def milliseconds(value: float | None) -> str:
    """A round-trip time: `9.1 ms`."""
    return UNMEASURED if value is None else f"{_short(value)}{SPACE}ms"


def percent(value: float | None) -> str:
    """A share: `74 %`. What is not zero is never shown as zero."""
    if value is None:
        return UNMEASURED
    if 0 < value < 0.5:
        return f"<1{SPACE}%"
    return f"{value:.0f}{SPACE}%"


def duration(span: timedelta) -> str:
    """How long something has lasted, with two units at most: `12 s`, `3 min`, `2 h 5 min`, `4 d 3 h`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds}{SPACE}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return f"{minutes}{SPACE}min"
    if hours < 24:
        return f"{hours}{SPACE}h" + (f" {minutes % 60}{SPACE}min" if minutes % 60 else "")
    return f"{days}{SPACE}d" + (f" {hours % 24}{SPACE}h" if hours % 24 else "")


def clock(at: datetime, now: datetime) -> str:
    """A point in time on this router's clock: the time of today, else with its day."""
    local, today = at.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    if local.year == today.year:
        return f"{local.day} {local:%b %H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def full(at: datetime) -> str:
    """A point in time with its zone, for those who ask."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def sentence(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def called(kind: str, name: str) -> str:
    """`ISP Orange`, and for one that never got a name of its own `ISP 2`, not `ISP ISP 2`."""
    return name if name.casefold().startswith(f"{kind.casefold()} ") else f"{kind} {name}"


def shortened(text: str, most: int) -> str:
    """The text, cut with an ellipsis where it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _short(value: float) -> str:
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}".removesuffix(".0")
