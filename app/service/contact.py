"""The user's current connection to the panel, and what a change does to that connection. Pure."""

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from app.model.choices import Role
from app.model.config import Config
from app.model.facts import Facts, Link, own_addresses
from app.model.family import IPAddress, IPNetwork
from app.model.guard import openings_text

# A new lease, a certificate warning and a login come between a new address and a confirmation there.
WINDOW_AFTER_MOVE_S: Final = 300


@dataclass(frozen=True, slots=True)
class Contact:
    """What a change does to the connection that asks for it.

    `moves`: the panel will not be found any more where it is now. `places`: where it will be, as address and port.
    """

    warning: str = ""
    moves: bool = False
    places: tuple[tuple[IPAddress, int], ...] = ()


def contact(before: Config, after: Config, facts: Facts, local: IPAddress) -> Contact:
    """What the change from `before` to `after` does to a connection to our address `local`."""
    link = next((one for one in facts.links if _has(one, before, local)), None)
    guard = after.settings.guard
    guarded = guard.is_on and not before.settings.guard.is_on
    if link is not None and link.loopback and guarded and not guard.allowed:
        tunnel = "if that is an SSH tunnel which comes through an ISP, allow its port first, like 22/tcp"
        return Contact(f"you are connected from this router itself; {tunnel}")
    if link is None or link.loopback:
        return Contact()
    name, panel = link.name, after.settings.panel
    old, new = before.interface(name), after.interface(name)
    remaining = [one.address.ip for one in own_addresses(link, after)]
    port = before.settings.panel.port  # its sockets stay where they are until it is started anew
    places = tuple((address, port) for address in ([local] if local in remaining else remaining))
    if local not in remaining:
        where = " or ".join(map(str, remaining)) or "none on this interface"
        return Contact(
            f"you are connected to {local}, which this removes from {name}; remaining addresses: {where}",
            True,
            places,
        )
    if new is not None and new.role is Role.WAN and not panel.reachable_from_outside:
        was_wan = old is not None and old.role is Role.WAN
        if not was_wan or before.settings.panel.reachable_from_outside:
            return Contact(f"you are connected over {name}, where the panel will no longer be reachable", True)
    if guarded and new is not None and new.role is Role.WAN:
        listed = openings_text(guard.allowed) or "nothing else"
        message = f"you are connected over {name}, where Guard will accept new connections to the panel and {listed}"
        return Contact(message, False, places)
    if panel.port != before.settings.panel.port:
        only = f"only port {panel.port} will be blocked on WAN ports"
        return Contact(f"{only}, and the running panel keeps its port until it is restarted", False, places)
    if old != new:
        return Contact(f"you are connected to {local} on {name}, which this changes", False, places)
    return Contact()


def locked_out(after: Config, facts: Facts, own: IPAddress, port: int, client: str) -> str:
    """Why Guard would not accept a connection like this one again; empty: it would.

    `own` and `port`: where it came to. `client`: its other end. One that is open stays open: it would prove nothing.
    """
    link = next((one for one in facts.links if _has(one, after, own)), None)
    interface = None if link is None else after.interface(link.name)
    if interface is None or interface.role is not Role.WAN or after.settings.guard.admits(port, _network(client)):
        return ""
    return (
        f"you are connected to {own} on {interface.name}, an ISP interface, and Guard would drop your next connection"
        f" to port {port}; allow it first, as in `config guard allow {port}/tcp`"
    )


def _network(address: str) -> IPNetwork | None:
    try:
        return ip_network(address)
    except ValueError:
        return None


def _has(link: Link, config: Config, address: IPAddress) -> bool:
    configured = {one.address.ip for one in own_addresses(link, config)}
    return address in configured or address in {one.address.ip for one in link.addresses}
