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
            case "-i":
                yield _match({"meta": {"key": "iifname"}}, op, next(rest, "").replace("+", "*"))
            case "-o":
                yield _match({"meta": {"key": "oifname"}}, op, next(rest, "").replace("+", "*"))
            case "-p":
                yield _match({"meta": {"key": "l4proto"}}, op, next(rest, ""))
            case "--ctstate" | "--state":
                several = next(rest, "").lower().split(",")
                yield {"match": {"op": op, "left": {"ct": {"key": "state"}}, "right": several}}
            case "-m" | "--comment":
                # Which module reads the next words is of no matter: those words themselves are unknown or not.
                next(rest, None)
            case "-j" | "-g":
                yield from _target(next(rest, ""), word)
                return
            case _:
                yield _UNKNOWN


def _match(left: Mapping[str, Any], op: str, right: str) -> Mapping[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def _target(name: str, how: str) -> Iterator[Mapping[str, Any]]:
    if name in _VERDICTS:
        yield _VERDICTS[name]
    elif name not in _GO_ON:
        yield {"goto" if how == "-g" else "jump": {"target": name}}
