"""Multihome's policy rules: read, put and removed. FRA_PROTOCOL says which program owns a rule.

Layout: include/uapi/linux/fib_rules.h. The kernel cannot filter a dump of rules, so foreign ones are left out here.
"""

from typing import Any, Final

from app.kernel.links import Names
from app.kernel.netlink import Channel, attributes, text, u32
from app.kernel.requests import ALREADY_GONE, ALREADY_THERE, Requests
from app.kernel.routes import RTMSG
from app.kernel.rtm import Rtm
from app.model.family import BY_AF
from app.model.layout import RULE_PROTOCOL
from app.plan.objects.rule import Rule
from app.plan.state import Scope

FRA_SRC, FRA_PRIORITY, FRA_FWMARK, FRA_SUPPRESS_PREFIXLEN, FRA_TABLE = 2, 6, 10, 14, 15
FRA_FWMASK, FRA_OIFNAME, FRA_PROTOCOL = 16, 17, 21
FR_ACT_TO_TBL = 1
# The suppress_prefixlength of a rule that suppresses nothing.
NOTHING: Final = 0xFFFFFFFF


class Rules:
    """The operations of policy rules with Multihome's protocol."""

    def __init__(self, channel: Channel, requests: Requests) -> None:
        self._channel = channel
        self._requests = requests

    async def observe(self, scope: Scope, _names: Names) -> list[Rule]:
        """See Operations.observe."""
        asked = (RTMSG.pack(family.af, 0, 0, 0, 0, 0, 0, 0, 0) for family in scope.families)
        dumped = (message for one in asked for message in self._channel.dump(Rtm.GETRULE, one))
        return [one for one in (rule(message.body) for message in dumped) if one is not None]

    async def put(self, what: str, one: Rule) -> None:
        """`ip rule add`; the same rule with another protocol does not count."""
        await self._requests.change(what, "rule", "add", ALREADY_THERE, **_fields(one))

    async def remove(self, what: str, one: Rule) -> None:
        """`ip rule del` of exactly this rule."""
        await self._requests.change(what, "rule", "del", ALREADY_GONE, **_fields(one))


def rule(body: bytes) -> Rule | None:
    """Decode a rule message; None for a foreign rule."""
    found = attributes(body, RTMSG.size)
    if found.get(FRA_PROTOCOL) != bytes([RULE_PROTOCOL]):
        return None
    af, _, source_length, _, short_table, _, _, _, _ = RTMSG.unpack_from(body)
    family = BY_AF[af]
    suppressed = u32(found[FRA_SUPPRESS_PREFIXLEN]) if FRA_SUPPRESS_PREFIXLEN in found else NOTHING
    # The kernel leaves out a mark of 0 and reports only its mask.
    mark = u32(found.get(FRA_FWMARK, b"\0\0\0\0")) if FRA_FWMASK in found else None
    return Rule(
        priority=u32(found.get(FRA_PRIORITY, b"\0\0\0\0")),
        table=u32(found[FRA_TABLE]) if FRA_TABLE in found else short_table,
        source=family.network((found[FRA_SRC], source_length)) if FRA_SRC in found else None,
        output_interface=text(found[FRA_OIFNAME]) if FRA_OIFNAME in found else None,
        mark=mark,
        mask=u32(found[FRA_FWMASK]) if FRA_FWMASK in found else None,
        suppress_prefixlength=None if suppressed == NOTHING else suppressed,
        family=family,
    )


def _fields(one: Rule) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "family": one.family.af,
        "priority": one.priority,
        "table": one.table,
        "action": FR_ACT_TO_TBL,
        "protocol": RULE_PROTOCOL,
    }
    if one.source is not None:
        fields |= {"src": str(one.source.network_address), "src_len": one.source.prefixlen}
    if one.output_interface is not None:
        fields["oifname"] = one.output_interface
    if one.mark is not None:
        fields |= {"fwmark": one.mark, "fwmask": one.mask}
    if one.suppress_prefixlength is not None:
        fields["FRA_SUPPRESS_PREFIXLEN"] = one.suppress_prefixlength
    return fields
