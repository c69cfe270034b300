"""Browser names: browser and system from a User-Agent."""

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
