"""The kernel layout: every mark, table and priority derives from a gateway's number, only here.

For gateways 1 and 2 this is exactly the layout of the paper (section IV). The kernel reserves 253 to 255
(include/uapi/linux/rtnetlink.h), and 243 and 244 hold the balanced default and the fallback routes. So tables continue
elsewhere from number 11 on.
"""

from typing import Final

FIRST_NUMBER: Final = 1
LAST_NUMBER: Final = 127
# The number of no gateway: in the set `away` it means that new flows are refused.
NOBODY: Final = 0

# Bits 24 to 30 hold the number, bit 31 means "came in from outside". Tailscale uses bits 16 to 23, kube-proxy and mwan3
# the lowest 16, WireGuard compares the complete mark: none of them collides with these.
MARK_SHIFT: Final = 24
MARK_MASK: Final = 0x7F000000
INBOUND_BIT: Final = 0x80000000
# In a packet's mark, not in its flow's: a traffic rule has decided. Without a number: it refuses the packet.
RULED_BIT: Final = 0x80000000

# FRA_PROTOCOL of Multihome's rules, which marks the owner. Equal to the table number; unused in rtnetlink.h.
RULE_PROTOCOL: Final = 243
# RTPROT_STATIC, as in the paper: `ip route show table 243` must read `default proto static`.
ROUTE_PROTOCOL: Final = 4

MAIN_TABLE: Final = 254
BALANCED_TABLE: Final = 243
NET_TABLE: Final = 244

MAIN_PRIORITY: Final = 240
BALANCED_PRIORITY: Final = 243
NET_PRIORITY: Final = 244

# Metric of the single defaults in the fallback table: this times the tier, plus the number. The lowest is tried first.
NET_METRIC: Final = 1000
# Metric of the last default of a gateway's own table: a numbered packet leaves through its gateway or not at all.
BLACKHOLE_METRIC: Final = 4_000_000_000

NFT_TABLE: Final = "multihome"


def mark(number: int) -> int:
    """The mark (under MARK_MASK) of packets and flows that belong to gateway `number`."""
    return number << MARK_SHIFT


def table(number: int) -> int:
    """The routing table of gateway `number`: 241, 242, then 245 to 252, then 24011 and up."""
    if number <= 2:
        return 240 + number
    if number <= 10:
        return 242 + number
    return 24000 + number


def priority(number: int) -> int:
    """The priority of the rules of gateway `number`: 241 for the first and 242 for all others."""
    return 241 if number == 1 else 242


def counter(number: int) -> str:
    """The nftables counter of new flows on gateway `number`."""
    return f"flows_{number}"


def rule_counter(number: int) -> str:
    """The nftables counter of new flows that traffic rule `number` has matched."""
    return f"rule_{number}"
