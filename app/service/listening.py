"""Warns when the panel listens on another port than the one that is blocked on WAN ports. Pure.

The filter follows the configuration at once, the panel's sockets only when it is started anew. In between the port that
it still listens on would be open to the Internet, so nobody who comes through the panel can bring that about.
"""

from app.errors import FieldError, InvalidConfig
from app.model.choices import Role
from app.model.config import Config

Ports = frozenset[int]


def require_hidden(config: Config, before: Config, ports: Ports) -> None:
    """Raise InvalidConfig where the change from `before` hides another port than those that the panel listens on.

    `ports`: what it listens on beyond the loopback; empty where nobody knows (the console), or there is none.
    """
    port = config.settings.panel.port
    if ports and port not in ports and port != before.settings.panel.port:
        message = (
            f"the panel listens on port {_words(ports)} until it is restarted, and that port would be open to the ISPs;"
            f" stop it, set port {port} on the console, then start it there (docs/install.md, Another port)"
        )
        raise InvalidConfig(FieldError("settings.panel.port", message))


def open_to_isps(config: Config, ports: Ports) -> Ports:
    """The ports of the panel that the ISPs' side reaches although it is to be hidden there."""
    panel = config.settings.panel
    if panel.reachable_from_outside or all(one.role is not Role.WAN for one in config.interfaces):
        return Ports()
    return ports - {panel.port}


def warning(config: Config, ports: Ports) -> str:
    """What every page has to say about it; empty while all is well."""
    exposed = open_to_isps(config, ports)
    if not exposed:
        return ""
    return (
        f"The panel listens on port {_words(exposed)} and is open there to the ISPs: the configuration says"
        f" {config.settings.panel.port}, and only that is hidden. Restart the panel on that port, or set the port back."
    )


def _words(ports: Ports) -> str:
    return " and ".join(map(str, sorted(ports)))
