"""The security headers of every response."""

from typing import Final

from starlette.datastructures import MutableHeaders

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # As silent to others as no-referrer, with which browsers say "Origin: null" of our own forms too (Fetch standard,
    # "append a request Origin header"): one that sends no Sec-Fetch-Site, Safari before 16.4, could never log in.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def mark(headers: MutableHeaders, strict_transport: str) -> None:
    """Add the headers of every response."""
    headers.update(HEADERS)
    if strict_transport:
        headers.setdefault("Strict-Transport-Security", strict_transport)
    headers.setdefault("Cache-Control", "no-store")
