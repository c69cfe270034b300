"""Finds foreign rules that match Multihome's mark bits or overwrite them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.diagnosis.machine import Machine
from app.model.finding import Finding, Severity
from app.model.layout import INBOUND_BIT, MARK_MASK, MARK_SHIFT, NFT_TABLE

OURS: Final = MARK_MASK | INBOUND_BIT
_WHOLE: Final = 0xFFFFFFFF

_META, _CT = "meta", "ct"


def findings(machine: Machine) -> Iterator[Finding]:
    """Whoever uses the bits that hold a gateway's number."""
    for rule in machine.rules:
        if rule.mark is not None and rule.mark & (_WHOLE if rule.mask is None else rule.mask) & OURS:
            yield Finding(
                code="foreign-rule-mark",
                severity=Severity.PROBLEM,
                text=f"an ip rule at priority {rule.priority} matches the mark {rule.mark:#x}"
                f" (mask {_WHOLE if rule.mask is None else rule.mask:#x}): Multihome uses these bits",
                remedy=f"give that program a mark below bit {MARK_SHIFT}; Multihome uses {OURS:#010x} and no other bit",
            )
    writers = dict.fromkeys((*_nft_writers(machine.firewall.nft), *_iptables_writers(machine.firewall.iptables)))
    for where, what in writers:
        yield Finding(
            code="foreign-mark-write",
            severity=Severity.WARNING,
            text=f"{where} {what}: its flows may change ISP mid-connection",
            remedy=f"make that rule keep the other bits (nft: `ct mark set ct mark & {OURS:#x} | …`;"
            f" iptables: `--set-xmark VALUE/MASK` with a mask below bit {MARK_SHIFT})",
        )


def _nft_writers(listing: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[str, str]]:
    for entry in listing:
        rule = entry.get("rule")
        if not isinstance(rule, dict) or (rule.get("family"), rule.get("table")) == ("inet", NFT_TABLE):
            continue
        where = f"the nftables chain {rule.get('family')} {rule.get('table')} {rule.get('chain')}"
        for statement in rule.get("expr", ()):
            what = _written(statement.get("mangle")) if isinstance(statement, dict) else ""
            if what:
                yield where, what


def _written(mangle: object) -> str:
    """What a statement does to our bits, in words; nothing if it leaves them."""
    if not isinstance(mangle, dict):
        return ""
    key, value = mangle.get("key"), mangle.get("value")
    if key == {_CT: {"key": "mark"}} and not _keeps(key, value):
        return "overwrites the entire connection mark"
    if key == {_META: {"key": "mark"}} and _sets_ours(value):
        return "sets packet mark bits that Multihome uses"
    return ""


def _keeps(key: object, value: object) -> bool:
    """Whether our bits of `key` are in this value as they were."""
    match value:
        case {"&": [left, int(kept)]}:
            return _keeps(key, left) and kept & OURS == OURS
        case {"|": [left, int(added)]} | {"^": [left, int(added)]}:
            return _keeps(key, left) and not added & OURS
        case _:
            return value == key


def _sets_ours(value: object) -> bool:
    match value:
        case int():
            return bool(value & OURS)
        case {"|": [_, int(added)]}:
            return bool(added & OURS)
        case _:
            return False


_TARGET: Final = re.compile(r"-A (\S+) .*-j (MARK|CONNMARK) (--\S+)(?: (0x[0-9a-fA-F]+)/(0x[0-9a-fA-F]+))?")


def _iptables_writers(saved: str) -> Iterator[tuple[str, str]]:
    """What iptables-save tells of targets that mark: value and mask, where a mask of all ones overwrites everything."""
    for line in saved.splitlines():
        found = _TARGET.match(line)
        if found is None:
            continue
        chain, target, verb, value, mask = found.groups()
        touched = int(mask, 16) if mask else _WHOLE
        if target == "CONNMARK" and verb in {"--set-xmark", "--save-mark"} and touched & OURS:
            yield f"the iptables chain {chain}", "overwrites the entire connection mark"
        elif target == "MARK" and value is not None and int(value, 16) & OURS:
            yield f"the iptables chain {chain}", "sets packet mark bits that Multihome uses"
