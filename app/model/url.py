"""The URLs that can be probed: http or https, a server with a name or an IPv4 address, and no password."""

from urllib.parse import urlsplit

from app.model.base import host


def http_url(text: str) -> str:
    """Accept a URL that can be fetched. Raises ValueError with a sentence."""
    if not text.startswith(("http://", "https://")) or any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError("must be a URL like http://example.com/")
    try:
        parts = urlsplit(text)
        server = parts.hostname or ""
    except ValueError as error:
        raise ValueError("must be a URL like http://example.com/") from error
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password: every user of the panel could read it")
    if ":" in server:
        raise ValueError("IPv6 is not probed yet: give a name or an IPv4 address")
    _require_port(text)
    _require_server(server)
    return text


def server_of(url: str) -> str:
    """The server's name or address in a valid URL, in lower case."""
    return urlsplit(url).hostname or ""


def _require_port(url: str) -> None:
    wrong = "the port in a URL is a number from 1 to 65535"
    try:
        port = urlsplit(url).port
    except ValueError as error:
        raise ValueError(wrong) from error
    if port == 0:
        raise ValueError(wrong)


def _require_server(name: str) -> None:
    """Refuse a server that can be neither resolved nor connected to. A name in another script is converted (RFC
    3490).
    """
    try:
        host(name.encode("idna").decode())
    except ValueError as error:
        shown = name if len(name) <= 40 else f"{name[:40]}…"
        raise ValueError(f"{shown or 'nothing'} is neither the name nor the IPv4 address of a server") from error
