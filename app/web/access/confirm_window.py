"""What a change does to the connection that asks for it, and how long it therefore waits to be confirmed."""

from ipaddress import IPv4Address

from fastapi import Request

from app.errors import InvalidConfig
from app.model.config import Config
from app.model.facts import Facts
from app.service.configuration import Edit
from app.service.confirming import Confirm
from app.service.contact import WINDOW_AFTER_MOVE_S, Contact, contact
from app.web.transport.addresses import parsed


def local_address(request: Request) -> IPv4Address | None:
    """Our address that this request came to."""
    server = request.scope.get("server") or ("", 0)
    found = parsed(server[0])
    return found if isinstance(found, IPv4Address) else None


def confirm_by(
    config: Config, edit: Edit, facts: Facts, local: IPv4Address | None, *, key: str, session: int | None = None,
    window_s: int | None = None,
) -> Confirm:  # fmt: skip
    """How a change of `config` is to be kept: with this key, and longer where it touches the way it came."""
    touched = _touched(config, edit, facts, local)
    usual_s = config.settings.panel.confirm_window_s
    proposed_s = max(usual_s, WINDOW_AFTER_MOVE_S) if touched.warning else usual_s
    return Confirm(window_s or proposed_s, session, key, elsewhere=touched.moves)


def _touched(config: Config, edit: Edit, facts: Facts, local: IPv4Address | None) -> Contact:
    try:
        return Contact() if local is None else contact(config, edit(config), facts, local)
    except InvalidConfig:
        return Contact()  # it will not be saved
