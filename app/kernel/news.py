"""Interprets a kernel event: its subject, a text, and the object; None if it is irrelevant.

Layout: include/uapi/linux/rtnetlink.h, netconf.h.
"""

import socket
from struct import Struct
from typing import Final

from app.kernel.contract import Subject
from app.kernel.last_seen import LastSeen
from app.kernel.links import Names, address, link
from app.kernel.neighbors import neighbor
from app.kernel.netlink import Message, attributes
from app.kernel.routes import route
from app.kernel.rtm import Rtm
from app.kernel.rules import rule
from app.model.facts import Link
from app.model.family import BY_AF, Family
from app.plan.objects.address import Address
from app.plan.objects.sysctl import Sysctl
from app.plan.state import KernelObject

NETCONFA_IFINDEX: Final = 1
# The settings for which the kernel sends events, by attribute. There are none for the hash policy.
NETCONF_SETTINGS: Final = {2: "forwarding", 3: "rp_filter", 6: "ignore_routes_with_linkdown"}
ALL_INTERFACES, NEW_INTERFACES = -1, -2
# The family in a message of its own, padded (struct netconfmsg).
NETCONFMSG_BYTES: Final = 4
I32: Final = Struct("=i")

News = tuple[Subject, str, KernelObject | None]


def news(message: Message, known: LastSeen, names: Names) -> News | None:
    """The meaning of this rtnetlink message, or None if it has nothing new."""
    match message.kind:
        case Rtm.NEWLINK | Rtm.DELLINK:
            return _of_link(message, known)
        case Rtm.NEWADDR | Rtm.DELADDR:
            index, near, _ = address(message.body)
            verb = "added" if message.kind == Rtm.NEWADDR else "deleted"
            own = Address(names[index], near)
            return Subject.ADDRESS, f"address {own.line} {verb}", own
        case Rtm.NEWROUTE | Rtm.DELROUTE:
            verb = "added" if message.kind == Rtm.NEWROUTE else "deleted"
            found = route(message.body, names)
            return Subject.ROUTE, f"route {found.line} {verb}", found
        case Rtm.NEWNEIGH:
            return _of_neighbor(message, known, names)
        case Rtm.NEWRULE | Rtm.DELRULE:
            ours = rule(message.body)
            verb = "added" if message.kind == Rtm.NEWRULE else "deleted"
            return (Subject.RULE, f"rule {ours.line} {verb}", ours) if ours is not None else None
        case Rtm.NEWNETCONF:
            return _of_setting(message, known, names)
        case _:
            return None


def _of_link(message: Message, known: LastSeen) -> News | None:
    if message.body[0] != socket.AF_UNSPEC:
        return None  # sent by a bridge about its port, not about the device
    found = link(message.body)
    if message.kind == Rtm.DELLINK:
        return Subject.LINK, f"link {found.name} is gone", None
    return (Subject.LINK, f"link {found.name} is {_state(found)}", None) if known.news_of_link(found) else None


def _state(found: Link) -> str:
    if not found.up:
        return "set down"
    return "up" if found.carrier else "up without carrier"


def _of_neighbor(message: Message, known: LastSeen, names: Names) -> News | None:
    found = neighbor(message.body, names)
    if found is None or not known.news_of_neighbor(found):
        return None
    state = "does not answer" if found.failed else f"is at {found.mac}"
    return Subject.NEIGHBOR, f"neighbor {found.address} dev {found.interface} {state}", None


def _of_setting(message: Message, known: LastSeen, names: Names) -> News | None:
    """Interpret a message about one setting. A message about all of them only means a new device, which has its own
    event.
    """
    found = attributes(message.body, NETCONFMSG_BYTES)
    (index,) = I32.unpack(found.pop(NETCONFA_IFINDEX))
    if len(found) != 1:
        return None
    ((kind, value),) = found.items()
    if kind not in NETCONF_SETTINGS:
        return None
    setting = Sysctl(_path(BY_AF[message.body[0]], index, NETCONF_SETTINGS[kind], names), str(I32.unpack(value)[0]))
    return (Subject.SYSCTL, setting.line, setting) if known.news_of_sysctl(setting) else None


def _path(family: Family, index: int, setting: str, names: Names) -> str:
    if index == ALL_INTERFACES and setting == "forwarding":
        return family.forwarding
    where = {ALL_INTERFACES: "all", NEW_INTERFACES: "default"}.get(index) or names[index]
    return f"{family.sysctls}/conf/{where}/{setting}"
