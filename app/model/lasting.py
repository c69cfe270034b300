"""How long what a DHCP client has told is believed: as long as the address that came with it.

A client may take its default route away and put another in its place; an administrator tidies `main`, a VPN replaces
what is there; setting a device down and up again loses the route and keeps the address. None of this says that the next
hop is gone, so it stays known while the device and its addresses are the same. Whether it works, the checks say.
"""

from dataclasses import replace

from app.model.facts import Facts


def with_lasting_defaults(now: Facts, before: Facts) -> Facts:
    """What is observed `now`, with the default routes of `before` on interfaces that have none and are the same."""
    told = {route.interface for route in now.defaults}
    lasting = tuple(
        route for route in before.defaults if route.interface not in told and _is_same(route.interface, now, before)
    )
    return replace(now, defaults=(*now.defaults, *lasting)) if lasting else now


def _is_same(name: str, now: Facts, before: Facts) -> bool:
    link, known = now.link(name), before.link(name)
    if link is None or known is None:
        return False
    return bool(link.addresses) and (link.index, link.addresses) == (known.index, known.addresses)
