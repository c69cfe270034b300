"""Parses iptables-save into tables to walk through: interfaces, protocol and flow state; the rest is unknown."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.diagnosis.walk import Chain, Table

_HOOKS: Final = {"INPUT": "input", "FORWARD": "forward", "OUTPUT": "output"}
_VERDICTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "ACCEPT": {"accept": None},
    "DROP": {"drop": None},
    "REJECT": {"reject": None},
    "RETURN": {"return": None},
}
# Targets that change or note something, and let the packet go on.
_GO_ON: Final = frozenset({"LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS", "CHECKSUM", "CLASSIFY", "DSCP"})
_DESTINATION_PORT: Final[Mapping[str, Any]] = {"payload": {"protocol": "th", "field": "dport"}}
_META: Final = {"-i": "iifname", "-o": "oifname", "-p": "l4proto"}
_UNKNOWN: Final[Mapping[str, Any]] = {"xt": None}


def tables(saved: str) -> Iterator[Table]:
    """The filter tables of the text: only there does iptables drop."""
    for section in saved.split("*filter\n")[1:]:
        chains: dict[str, tuple[str, list[tuple[Mapping[str, Any], ...]]]] = {}
        for line in section.partition("COMMIT")[0].splitlines():
            if line.startswith(":"):
                name, policy, *_ = line[1:].split()
                chains[name] = (policy.lower(), [])
            elif line.startswith("-A "):
                _, name, *words = shlex.split(line)
                chains.setdefault(name, ("-", []))[1].append(tuple(_rule(words)))
        made = {
            name: Chain(name, tuple(rules), _HOOKS.get(name, ""), policy if name in _HOOKS else "")
            for name, (policy, rules) in chains.items()
        }
        yield Table("iptables filter", made, {})


def _rule(words: list[str]) -> Iterator[Mapping[str, Any]]:
    """The expressions of one rule, in the form that nft lists its own in."""
    rest, negated = iter(words), False
    for word in rest:
        op = "!=" if negated else "=="
        negated = word == "!"
        match word:
            case "!":
                continue
            case "-i" | "-o" | "-p":
                yield _match({"meta": {"key": _META[word]}}, op, next(rest, "").replace("+", "*"))
            case "--dport" | "--dports" | "--destination-ports":
                ports = [_port(one) for one in next(rest, "").split(",")]
                yield _match(_DESTINATION_PORT, op, {"set": ports})
            case "--dst-type":
                yield _match({"fib": {"result": "type", "flags": ["daddr"]}}, op, next(rest, "").lower())
            case "--ctstate" | "--state":
                several = next(rest, "").lower().split(",")
                yield _match({"ct": {"key": "state"}}, op, several)
            case "-m" | "--comment":
                # Which module reads the next words is of no matter: those words themselves are unknown or not.
                next(rest, None)
            case "-j" | "-g":
                yield from _target(next(rest, ""), word)
                return
            case _:
                yield _UNKNOWN


def _port(word: str) -> object:
    """One port, or a range like `5900:5910`; a name is a word that no port is known by."""
    first, colon, last = word.partition(":")
    if not (first.isdecimal() and (last.isdecimal() or not colon)):
        return {"xt": None}
    return {"range": [int(first), int(last)]} if colon else int(first)


def _match(left: Mapping[str, Any], op: str, right: object) -> Mapping[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def _target(name: str, how: str) -> Iterator[Mapping[str, Any]]:
    if name in _VERDICTS:
        yield _VERDICTS[name]
    elif name not in _GO_ON:
        yield {"goto" if how == "-g" else "jump": {"target": name}}
