"""Predicts whether the host names of checks can be resolved through a gateway. Pure.

Probes query this machine's name servers through that gateway only. A name server on the LAN or on another ISP's network
cannot be reached this way: the check would always fail although the line works.
"""

from collections.abc import Iterable

from app.model.config import Config, Gateway
from app.model.facts import Attachment, Facts, attachments, own_addresses
from app.model.family import IPAddress
from app.model.words import either


def unanswered(gateway: Gateway, config: Config, facts: Facts) -> str:
    """Why no name can be resolved through this gateway, as a sentence; empty if one may be, or if that is unknown."""
    if facts.name_servers is None:
        return ""
    if not facts.name_servers:
        return "the only name server of this machine is itself"
    found = attachments(gateway, config, facts).values()
    if not found:
        return ""
    places = [_place(server, gateway, found, config, facts) for server in facts.name_servers]
    if not all(places):
        return ""
    listed = " and ".join(f"{server} ({place})" for server, place in zip(facts.name_servers, places, strict=True))
    which = either(len(places), "name server is", "name servers are")
    return f"this machine's {which} {listed}"


def _place(server: IPAddress, gateway: Gateway, here: Iterable[Attachment], config: Config, facts: Facts) -> str:
    """Where this name server is, if the gateway does not lead to it; empty if it may."""
    if any(server == one.address.ip for link in facts.links for one in own_addresses(link, config)):
        return "this router itself"
    if any(_is_at(server, one) for one in here):
        return ""
    for other in config.gateways:
        there = attachments(other, config, facts).values()
        if other != gateway and any(_is_at(server, one) for one in there):
            return f"on the network of {other.name}"
    for link in facts.links:
        if any(server in one.address.network for one in own_addresses(link, config)):
            return f"behind {link.name}"
    return ""


def _is_at(server: IPAddress, attached: Attachment) -> bool:
    """Whether the server is the next hop or on the subnet shared with it."""
    return server == attached.next_hop or (attached.subnet is not None and server in attached.subnet)
