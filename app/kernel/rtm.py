"""The types of rtnetlink's messages (include/uapi/linux/rtnetlink.h)."""

from enum import IntEnum


class Rtm(IntEnum):
    """The type of an rtnetlink message."""

    NEWLINK = 16
    DELLINK = 17
    GETLINK = 18
    NEWADDR = 20
    DELADDR = 21
    GETADDR = 22
    NEWROUTE = 24
    DELROUTE = 25
    GETROUTE = 26
    NEWNEIGH = 28
    GETNEIGH = 30
    NEWRULE = 32
    DELRULE = 33
    GETRULE = 34
    NEWNETCONF = 80
