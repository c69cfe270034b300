"""Confirm window: how long a change may wait for its confirmation, by what it does to this connection."""

from ipaddress import IPv4Address

from fastapi import Request

from app.model.config import Config
from app.model.facts import Facts
from app.service.confirming import Confirm
from app.service.contact import Contact, contact
from app.web.transport.addresses import parsed


def local_address(request: Request) -> IPv4Address | None:
    """The router's address that this request was sent to."""
    server = request.scope.get("server") or ("", 0)
    found = parsed(server[0])
    return found if isinstance(found, IPv4Address) else None


def confirm_by(
    facts: Facts, local: IPv4Address | None, *, key: str, session: int | None = None, window_s: int | None = None
) -> Confirm:
    """How a change is confirmed: with this key, and with a longer window if it affects this connection."""

    def touched(before: Config, after: Config) -> Contact:
        return Contact() if local is None else contact(before, after, facts, local)

    return Confirm(window_s or None, session, key, contact=touched)
